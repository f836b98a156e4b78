import { policyOf } from '../fakes/machine.js'
import type { Report } from '../../src/model/report.js'
import { bridge, broken, cut, drifted, entries, facts, localnet, report, served, untold } from './sample.js'

/** A report in which everything that others named is this text. */
export const hostile = (text: string): Report =>
  report({
    verdict: 'failed',
    facts: {
      ...facts,
      os: { ...facts.os, prettyName: text },
      docker: null,
      agent: { ...(facts.agent as NonNullable<typeof facts.agent>), version: text },
      unknown: { docker: text },
    },
    policy: policyOf({}, [{ bridge: text, reason: text }]),
    outcomes: [drifted({ ...entries.sysctl, id: text, state: text }, text)],
    claims: [
      cut(bridge(text), broken(text)),
      cut(bridge(text), { holds: true, evidence: text, because: text }),
      served(bridge(text), untold(text)),
      { ...localnet('docker0'), claim: { kind: 'localnet-routing', interface: text } },
    ],
    skipped: [{ control: 'imds-bridge', reason: text }],
    notes: [{ text }, { control: 'imds-bridge', text }],
  })
