import type { DaemonStatus, ToldStatus } from '../model/status.js'
import { count, printable, wrap } from './layout.js'
import type { Paint } from './paint.js'

/** What `status` prints. */
export function statusText(told: ToldStatus, paint: Paint, width: number): string {
  if (!told.isRunning) {
    const last = told.status === null ? '' : ` The last one looked at ${time(told.status.lastLook.at)}.`
    return `${paint.unknown(wrap('', `No daemon runs here: nobody watches this host.${last} \`sudo systemctl start taskfence\` starts one.`, width))}\n`
  }
  const { status, counters } = told
  const row = (name: string, words: string) => wrap(`  ${name.padEnd(12)}`, printable(words), width)
  const lines = [
    headWords(status, told.now, paint),
    '',
    row('last look', lookWords(status, told.now)),
    row('looks', `${status.looks} since ${time(status.since)} (pid ${status.pid})${failedWords(status)}`),
    row('drift', driftWords(status)),
    ...status.contested.map(({ entry, until, who }) =>
      paint.broken(
        row(
          'contested',
          `${entry}: left alone until ${time(until)}${who === null ? '' : `; by pid ${who.pid}: ${who.command}`}`,
        ),
      ),
    ),
    row('triggers', count(status.triggers.filter(({ ailing }) => ailing === null).length, 'works', 'work')),
    ...status.triggers.flatMap(({ name, ailing }) =>
      ailing === null ? [] : [paint.unknown(row('', `${name} does not: ${ailing}`))],
    ),
    row('audit log', auditWords(status)),
    row('counted', counters === null ? 'could not tell' : counterWords(counters)),
  ]
  return `${lines.join('\n')}\n`
}

function headWords({ protectedSince, lastLook }: DaemonStatus, now: string, paint: Paint): string {
  if (protectedSince !== null) {
    const words = `Protected since ${time(protectedSince)} (${span(protectedSince, now)}): every promise held at each look`
    const isLongAgo = Date.parse(now) - Date.parse(lastLook.at) > longAgoMs
    return isLongAgo ? paint.unknown(`${words}, the last one ${span(lastLook.at, now)} ago.`) : `${words}.`
  }
  return lastLook.verdict === null
    ? paint.unknown(`Could not tell: ${lastLook.because ?? 'the last look could not be'}`)
    : paint.broken(
        'Not protected: a promise is broken or could not be told. `sudo taskfence check` says which.',
      )
}

/** A daemon that hangs says nothing of it, and systemd looks for its looks more often. */
const longAgoMs = 5 * 60_000

const lookWords = ({ lastLook: { at, ms, verdict } }: DaemonStatus, now: string): string =>
  `${time(at)} (${span(at, now)} ago), ${ms} ms, ${verdict ?? 'could not be'}`

const failedWords = ({ failedLooks }: DaemonStatus): string =>
  failedLooks === 0 ? '' : `, ${failedLooks} of which could not be`

const driftWords = ({ drifts, onDrift }: DaemonStatus): string =>
  [
    `${drifts.repaired} put back`,
    ...(onDrift === 'report' ? [`${drifts.reported} reported, as the policy says`] : []),
    ...(drifts.held === 0 ? [] : [`${drifts.held} left alone`]),
    `${drifts.failed} failed`,
  ].join(', ')

const auditWords = ({ audit: { number, ailing } }: DaemonStatus): string =>
  ailing === null ? (number === null ? 'nothing to write yet' : `${number} records`) : `waits: ${ailing}`

/** Packets that met a rule of the fence, by the counter of each. */
function counterWords(counters: Readonly<Record<string, number>>): string {
  const told = Object.entries(counters).filter(([, packets]) => packets > 0)
  return told.length === 0 ? 'no packet' : told.map(([name, packets]) => `${name} ${packets}`).join(', ')
}

const time = (iso: string): string => `${iso.slice(0, 19).replace('T', ' ')} UTC`

/** "2 d 3 h", "5 min", "12 s" */
function span(from: string, to: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const first = parts.findIndex(([number]) => number > 0)
  return first < 0
    ? '0 s'
    : parts
        .slice(first, first + 2)
        .filter(([number]) => number > 0)
        .map(([number, unit]) => `${number} ${unit}`)
        .join(' ')
}
