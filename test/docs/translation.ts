const block = /^( *```\w*\n)([\s\S]*?)(^ *```$)/gm

export const blocksOf = (page: string): readonly string[] => [...page.matchAll(block)].map(([all]) => all)

export const proseOf = (page: string): string => page.replace(block, '')

/** The translation with the blocks of the page it is one of. */
export function inStep(translation: string, page: string): string {
  const blocks = blocksOf(page)
  let turn = 0
  return translation.replace(block, all => blocks[turn++] ?? all)
}
