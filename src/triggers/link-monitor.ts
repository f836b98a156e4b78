import type { Signals } from '../host/signals.js'
import { lasting } from './lasting.js'
import type { Trigger } from './trigger.js'

/** Bridges and other interfaces that come and go. */
export const linkMonitor = (signals: Signals): Trigger =>
  lasting({
    name: 'link-monitor',
    looksAfterBeginMs: [50],
    begin: listener => signals.listen({ file: 'ip', args: ['-o', 'monitor', 'link'] }, listener),
    line: (text, fire) => {
      const link = parseLink(text)
      if (link !== null) fire(`interface ${link}`)
    },
  })

/** "7: br-1f: <BROADCAST,…> …" → "br-1f changed"; "Deleted 7: br-1f: …" → "br-1f gone"; null for anything else. */
export function parseLink(text: string): string | null {
  const [, deleted, name] = /^(Deleted )?\d+: ([^:@\s]+)[:@]/.exec(text) ?? []
  return name === undefined ? null : `${name} ${deleted === undefined ? 'changed' : 'gone'}`
}
