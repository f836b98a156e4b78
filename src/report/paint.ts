/** Colour marks only what the eye should find first. */
export interface Paint {
  broken(text: string): string
  unknown(text: string): string
}

export const plain: Paint = { broken: text => text, unknown: text => text }

export const coloured: Paint = {
  broken: text => `\u001b[31m${text}\u001b[39m`,
  unknown: text => `\u001b[33m${text}\u001b[39m`,
}

/** Colour on a terminal, unless anybody said no: the option, NO_COLOR (no-color.org), or a terminal without colour. */
export function choosePaint(wish: {
  readonly color: boolean
  readonly isTerminal: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}): Paint {
  const refused = !wish.color || (wish.env['NO_COLOR'] ?? '') !== '' || wish.env['TERM'] === 'dumb'
  return wish.isTerminal && !refused ? coloured : plain
}
