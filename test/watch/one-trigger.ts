// Runs on a throw-away host: the daemon's watch with those of its triggers alone whose name matches; a line a look.
import { complete } from '../../src/cli/policy/defaults.js'
import { triggersOf } from '../../src/cli/daemon/triggers.js'
import { controls } from '../../src/controls/index.js'
import { reconcile } from '../../src/engine/reconcile.js'
import { survey } from '../../src/engine/survey.js'
import { watch } from '../../src/engine/watch.js'
import { nodeHost } from '../../src/host/node-host.js'
import { nodeSignals } from '../../src/host/node-signals.js'
import type { Report } from '../../src/model/report.js'

const pattern = new RegExp(process.argv[2] ?? '')
const host = nodeHost()
const policy = complete({ watch: { schedule: '* * * * * *', jitterSeconds: 0 } }, controls)
const { facts } = await survey(host, 'everybody')
const wanted = triggersOf(host, nodeSignals)
const alone = async (report: Report | null) => {
  const all = await wanted({ facts: report?.facts ?? facts, policy: policy.watch, report })
  const triggers = all.filter(({ name }) => pattern.test(name))
  if (report !== null && triggers.length === 0)
    throw new Error(`none of ${all.map(({ name }) => name).join(', ')}`)
  return triggers
}

const nothing = () => Promise.resolve()
watch({
  triggers: await alone(null),
  triggersFor: alone,
  limits: () => ({ repairs: 1000, withinMs: 1000, holdMs: 1000, longestHoldMs: 1000 }),
  longestPauseMs: () => 500,
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  look: () => reconcile({ policy, mode: 'apply', writeLock: () => Promise.resolve(nothing) }, host),
  onlyTells: () => false,
  restarting: () => Promise.resolve(null),
  ended: ({ reasons, drifts, error }) => {
    const seen = { reasons: reasons.map(({ trigger }) => trigger), drifts: drifts.map(({ id }) => id) }
    process.stdout.write(
      `${JSON.stringify({ ...seen, ...(error === undefined ? {} : { error: JSON.stringify(error) }) })}\n`,
    )
    return Promise.resolve()
  },
})
