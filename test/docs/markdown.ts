/** Just enough Markdown to hold our own pages to their word. Pure. */
export interface Page {
  readonly links: readonly string[]
  /** As GitHub makes them from headings. */
  readonly anchors: readonly string[]
  /** Fenced blocks in order. */
  readonly blocks: readonly Block[]
  readonly inline: readonly string[]
}

export interface Block {
  readonly language: string
  readonly text: string
}

export function readPage(text: string): Page {
  const blocks: Block[] = []
  const prose = text.replace(/^ *```(.*)\n([\s\S]*?)^ *```$/gm, (_all, language: string, body: string) => {
    blocks.push({ language: language.trim(), text: body })
    return ''
  })
  const words = prose.replace(/`[^`\n]+`/g, '')
  return {
    links: [...words.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target),
    anchors: [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)),
    blocks,
    inline: [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
  }
}

const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .trim()
    .replaceAll(' ', '-')

/** Every use of a program at the place of a command: its arguments as a shell would split plain words. */
export function commandsOf(page: Page, program: string): readonly (readonly string[])[] {
  const typed = page.blocks.flatMap(block => [
    ...block.text.split('\n'),
    // A report suggests commands in backticks.
    ...[...block.text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
  ])
  return [...typed, ...page.inline]
    .flatMap(line => line.split(/ (?:&&|\|\|?|;) /))
    .flatMap(part => {
      const found = new RegExp(`^(?:[$#] )?(?:sudo )?(?:node dist/)?${program}(?:\\.js)?(?: (.*))?$`).exec(
        part.trim(),
      )
      if (found === null) return []
      const words = (found[1] ?? '').replace(/(?:^| )(?:#|[12]?>).*$/, '')
      return [words.split(' ').filter(word => word !== '')]
    })
}
