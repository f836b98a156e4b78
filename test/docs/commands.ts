/** The command blocks of a page, with what a comment above them says of the host they are for. Pure. */
export interface CommandBlock {
  readonly language: 'sh' | 'console'
  /** Blocks of one host share what they change. */
  readonly host: { readonly at: number; readonly words: readonly string[] }
  /** `<!-- not run: why -->` */
  readonly notRun: string | undefined
  readonly steps: readonly Step[]
  /** Where its text stands in the page. */
  readonly start: number
  readonly end: number
}

export interface Step {
  /** As typed, over several lines where they end in a backslash. */
  readonly command: string
  /** What a console shows below it; undefined: nothing is shown of what it prints. */
  readonly shown: string | undefined
}

/** `<!-- host: bridges=docker0,br-3f1c2a9d0e77 ecs-init -->` begins another throw-away host. */
export function commandBlocks(page: string): readonly CommandBlock[] {
  const hosts = [...page.matchAll(/<!-- host:(.*?)-->/g)]
  return [...page.matchAll(/^ *```(sh|console)\n([\s\S]*?)^ *```$/gm)].map(
    ({ index, 0: all, 1: language, 2: text = '' }) => {
      const start = index + all.indexOf('\n') + 1
      const host = hosts.filter(one => one.index < index).at(-1)
      return {
        language: language as CommandBlock['language'],
        host: { at: host?.index ?? 0, words: (host?.[1] ?? '').split(' ').filter(word => word !== '') },
        notRun: /<!-- not run: (.*?) -->\s*$/.exec(page.slice(0, index))?.[1],
        steps:
          language === 'sh' ? lines(text).map(command => ({ command, shown: undefined })) : sessions(text),
        start,
        end: start + text.length,
      }
    },
  )
}

const lines = (text: string): readonly string[] =>
  text
    .replace(/\\\n */g, '')
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))

const sessions = (text: string): readonly Step[] =>
  text
    .split(/^(?=\$ )/m)
    .filter(part => part.startsWith('$ '))
    .map(part => {
      const [typed = ''] = /^\$ .*(?:\\\n.*)*\n/.exec(part) ?? []
      const shown = part.slice(typed.length)
      return { command: typed.slice(2).trimEnd(), shown: shown === '' ? undefined : shown }
    })

/** A console as it would be typed again. */
export const sessionText = (steps: readonly Step[]): string =>
  steps.map(({ command, shown = '' }) => `$ ${command}\n${shown}`).join('')

/** Without what differs from one machine or minute to the next. */
export const lasting = (text: string): string =>
  text
    .replace(/iptables \d[\d.]*/g, 'iptables #')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '#')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? UTC/g, '#')
    .replace(/^( +looks +)\d+/gm, '$1#')
    .replace(/\b(pid|PID|handle|namespace) \d+/g, '$1 #')
    .replace(/\b\d+(\.\d+)? m?s\b/g, '# s')
