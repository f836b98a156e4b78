/** What a terminal shows; plain when it is none, or when NO_COLOR is set. */
export interface Screen {
  heading(text: string): void
  say(text?: string): void
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
}

export function screenOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Screen {
  const coloured = stream.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
  const paint = (code: number) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text)
  const bold = paint(1)
  const say = (text = '') => {
    stream.write(`${text}\n`)
  }
  return {
    say,
    heading: text => {
      say(`\n${bold(text)}\n`)
    },
    good: paint(32),
    bad: paint(31),
    faint: paint(2),
  }
}
