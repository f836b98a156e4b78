import { escaped } from '../xml.js'

/** Markup that is safe as it stands. */
export interface Markup {
  readonly markup: string
}

/** Words of ours: what stands in backticks is something to type. */
export const prose = (words: string): Markup => ({
  markup: escaped(words).replace(/`([^`]+)`/g, '<code>$1</code>'),
})

type Value = string | number | Markup | readonly Markup[]

/** Markup of a template; every text in it stays text. */
export const html = (words: TemplateStringsArray, ...values: readonly Value[]): Markup => ({
  markup: words
    .map((word, index) => `${word}${index < values.length ? shown(values[index] ?? '') : ''}`)
    .join(''),
})

export const nothing: Markup = { markup: '' }

function shown(value: Value): string {
  if (typeof value === 'string') return escaped(value)
  if (typeof value === 'number') return String(value)
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('\n')
}
