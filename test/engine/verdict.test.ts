import t from 'tap'
import { verdictOf } from '../../src/engine/verdict.js'
import type { ClaimEntry } from '../../src/model/claim.js'
import type { DesiredEntry } from '../../src/model/desired.js'
import { CommandError } from '../../src/model/errors.js'
import type { Outcome, Verdict } from '../../src/model/report.js'
import { localnet } from '../fakes/control.js'

const error = new CommandError({ file: 'iptables', args: [] }, undefined)
const entry = (reportOnly: boolean): DesiredEntry => ({
  id: 'sysctl a.b',
  resource: { kind: 'sysctl', key: 'a.b' },
  state: '1',
  controls: ['one'],
  reportOnly,
})

/** "failed": an outcome; "failed?": one that is only reported. */
function outcome(text: string): Outcome {
  const status = text.replace('?', '') as Outcome['status']
  const of = entry(text.endsWith('?'))
  if (status === 'in-sync') return { status, entry: of }
  if (status === 'unknown') return { status, entry: of, error }
  if (status === 'failed') return { status, entry: of, from: null, error }
  if (status === 'pending') return { status, entry: of, from: null, because: 'ecs.service has to restart' }
  return { status, entry: of, from: null }
}

/** "true", "false", "null"; with "?" the control only observes. */
function claim(text: string): ClaimEntry {
  const holds = JSON.parse(text.replace('?', '')) as boolean | null
  const proof = holds === true ? { holds } : { holds, because: 'a test' }
  return { control: 'one', claim: localnet('docker0'), proof, reportOnly: text.endsWith('?') }
}

const table: readonly (readonly [outcomes: string, claims: string, verdict: Verdict])[] = [
  ['in-sync', 'true', 'in-sync'],
  ['in-sync', '', 'unknown'],
  ['', '', 'unknown'],
  ['', 'true', 'in-sync'],
  ['in-sync', 'true?', 'unknown'],
  ['in-sync', 'false', 'failed'],
  ['in-sync', 'null', 'unknown'],
  ['in-sync', 'true false?', 'in-sync'],
  ['in-sync', 'true null?', 'in-sync'],
  ['changed', 'true', 'changed'],
  ['changed in-sync', 'true', 'changed'],
  ['drifted changed', 'true', 'drifted'],
  ['drifted unknown', 'true', 'unknown'],
  ['drifted', 'null', 'unknown'],
  ['unknown failed', 'true', 'failed'],
  ['unknown', 'false', 'failed'],
  ['drifted?', 'true', 'in-sync'],
  ['failed? unknown?', 'true', 'in-sync'],
  ['drifted? changed', 'true', 'changed'],
]

for (const [outcomes, claims, verdict] of table) {
  const words = (text: string) => text.split(' ').filter(word => word !== '')
  t.test(`${outcomes || 'nothing'}; claims ${claims || 'none'}: ${verdict}`, async t =>
    t.equal(verdictOf(words(outcomes).map(outcome), words(claims).map(claim)), verdict),
  )
}
