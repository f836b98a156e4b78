import type { PacketClaim, Proof } from '../../src/model/claim.js'
import type { Probe, ProveReport } from '../../src/model/prove.js'
import { bridge, broken, cut, facts, holds, policy, served, untold } from './sample.js'

const probe = (entry: ReturnType<typeof cut>, packet: Proof): Probe => ({
  control: entry.control,
  claim: entry.claim as PacketClaim,
  model: entry.proof,
  packet,
})

/** Proven, disagreeing, broken and unknown, one each. */
export const prove: ProveReport = {
  at: new Date('2025-03-04T05:06:07.000Z'),
  facts,
  policy,
  probes: [
    probe(cut(bridge('docker0')), { holds: true, evidence: 'counter imds_bridge_ipv4 moved by 1' }),
    probe(cut(bridge('br-x')), broken('a connection was made')),
    probe(served(bridge('docker0'), broken('no rule sends it on')), broken('refused')),
    probe(served({ kind: 'host' }), untold('no answer in 2 s, and no counter moved')),
  ],
  skipped: [{ control: 'credentials-guard', reason: 'no packet can be sent as a neighbour' }],
  notes: [{ text: 'nobody listens on 127.0.0.1:51679' }],
}

export const proven: ProveReport = { ...prove, probes: [probe(cut(bridge('docker0')), holds)] }
