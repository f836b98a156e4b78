import type { Signals } from '../host/signals.js'
import type { Culprit } from '../model/watch.js'
import { lasting } from './lasting.js'
import type { Trigger } from './trigger.js'

export interface NftMonitorInput {
  readonly signals: Signals
  /** Who stands behind a pid; null: this program and its own children. */
  readonly culpritOf: (pid: number, command: string) => Promise<Culprit | null>
}

/** A generation may change thousands of rules; of so many places it is told. */
const mostPlaces = 50

/**
 * `nft monitor` in text mode: it names who made each change, which its JSON does not. It shows what iptables-nft does
 * as well; legacy iptables has no such events.
 */
export function nftMonitor({ signals, culpritOf }: NftMonitorInput): Trigger {
  let changes = new Set<string>()
  return lasting({
    name: 'nft-monitor',
    echoes: true,
    // It loads all rules before it listens: 0.2 s with a few thousand.
    looksAfterBeginMs: [0, 250, 1000],
    begin: listener => signals.listen({ file: 'nft', args: ['monitor'] }, listener),
    line(text, fire) {
      if (isComplaint(text)) {
        fire('nft monitor lost events')
        return
      }
      const generation = parseGeneration(text)
      if (generation === null) {
        if (changes.size < mostPlaces) changes.add(parseChange(text))
        return
      }
      const what = [...changes].join('; ') || 'rules changed'
      changes = new Set()
      void culpritOf(generation.pid, generation.command).then(culprit => {
        if (culprit !== null) fire(what, culprit)
      })
    },
  })
}

/** "# ERROR: We lost some netlink events!": what they told of, only a look can tell. */
export const isComplaint = (text: string): boolean => text.startsWith('# ERROR')

/** "# new generation 5 by process 31124 (iptables-nft)"; null: a change, told before the generation it belongs to. */
export function parseGeneration(text: string): { readonly pid: number; readonly command: string } | null {
  const [, pid, command] = /^# new generation \d+ by process (\d+) \((.*)\)$/.exec(text.trim()) ?? []
  return pid === undefined || command === undefined ? null : { pid: Number(pid), command }
}

/** "delete rule ip filter DOCKER-USER handle 5" → "delete rule ip filter DOCKER-USER": what was done, and where. */
export const parseChange = (text: string): string =>
  /^\S+ (?:table \S+ \S+|\S+ \S+ \S+ \S+)/.exec(text.trim())?.[0] ?? text.trim().slice(0, 80)
