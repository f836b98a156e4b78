import type { Probe, ProveReport } from '../model/prove.js'
import { claimWords } from './claim-words.js'
import { count, sudo, wrap } from './layout.js'
import { probeStanding, type ProbeStanding } from './probe-standing.js'
import type { Reading } from './reading.js'

/** What `prove` prints: each promise, what the rules say, and what a packet met. */
export function proveText(report: ProveReport, reading: Reading): string {
  const { width, paint } = reading
  const column = Math.max(0, ...report.probes.map(({ control }) => control.length))
  const lines = report.probes.flatMap(probe => {
    const standing = probeStanding(probe)
    const [mark, colour] = probe.reportOnly === true && standing === 'broken' ? observed : marks[standing]
    const line = wrap(`  ${mark} ${probe.control.padEnd(column)}  `, claimWords(probe.claim), width)
    return [colour === undefined ? line : paint[colour](line), ...below(probe, width)]
  })
  const skipped = report.skipped.map(({ control, reason }) =>
    wrap(`  - ${control}  `, `skipped: ${reason}`, width),
  )
  const notes = report.notes.map(({ text }) => wrap('  note: ', text, width))
  return `${[...lines, ...skipped, ...notes, '', wrap('', ending(report.probes, sudo(report.facts.os.family)), width)].join('\n')}\n`
}

const marks: Readonly<Record<ProbeStanding, readonly [mark: string, colour?: 'broken' | 'unknown']>> = {
  proven: ['\u2714'],
  contradicted: ['\u2716', 'broken'],
  broken: ['\u2716', 'broken'],
  unknown: ['?', 'unknown'],
}

const observed = ['\u25cb'] as const

function below(probe: Probe, width: number): readonly string[] {
  const told = (who: string, { holds, because, evidence }: Probe['model']) => {
    const words = [because, evidence].filter(text => text !== undefined).join('; ')
    if (words === '' && holds === true) return []
    return [
      wrap('      ', `${who}: ${answers[String(holds) as 'true']}${words === '' ? '' : `: ${words}`}`, width),
    ]
  }
  const quarrel = probeStanding(probe) === 'contradicted' ? ['      THE RULES AND THE PACKET DISAGREE'] : []
  return [...quarrel, ...told('the rules', probe.model), ...told('the packet', probe.packet)]
}

const answers = { true: 'holds', false: 'does not hold', null: 'could not tell' } as const

function ending(probes: readonly Probe[], root: string): string {
  const counted = probes.filter(({ reportOnly }) => !reportOnly).map(probeStanding)
  const of = (wanted: ProbeStanding) => counted.filter(one => one === wanted).length
  if (probes.length === 0) return 'Could not tell: no packet was sent.'
  if (counted.length === 0) return 'Could not tell: the controls that were asked only observe.'
  const words = [
    `${count(of('proven'), 'promise')} proven by packets`,
    ...(of('broken') > 0 ? [`${of('broken')} broken`] : []),
    ...(of('contradicted') > 0
      ? [`${of('contradicted')} where the rules and the packet disagree: please report it`]
      : []),
    ...(of('unknown') > 0 ? [`${of('unknown')} unknown`] : []),
  ]
  const way = of('broken') > 0 ? ` \`${root}taskfence plan\` shows what would repair it.` : ''
  return `${words.join(', ')}.${way}`
}
