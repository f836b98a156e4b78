import type { PacketClaim, Proof } from '../model/claim.js'
import { fenceTables } from '../resources/fence-table.js'
import type { CallResult } from './prober-protocol.js'
import type { Trail } from './trail.js'

/** All that is known of one probe. */
export interface Witness {
  readonly result: CallResult
  /** null: nothing could be counted, as without nft. */
  readonly trail: Trail | null
  /** Drops of ours whose counters moved while the probe ran: in the fence at this hook, in DOCKER-USER. */
  readonly fence: readonly string[]
  readonly literal: readonly string[]
  /** Rules of ours about its destination that only count. */
  readonly counted: readonly string[]
  /** From an address that a sender there could have. */
  readonly genuine: boolean
  /** Why the kernel itself would not take or route such a packet, where that is known. */
  readonly refusal: string | undefined
  /** Where a connection that was made ended on this host, where that could be told. */
  readonly endedAt: string | undefined
}

/** What the packet's way says of the claim. Pure. */
export function judge(claim: PacketClaim, seen: Witness): Proof {
  if (seen.result.outcome === 'failed')
    return { holds: null, because: `no packet could be sent: ${seen.result.code}` }
  return claim.fate === 'dropped' ? judgeDrop(seen, seen.trail) : judgeDelivery(claim, seen, seen.trail)
}

function judgeDrop(seen: Witness, trail: Trail | null): Proof {
  if (seen.result.outcome === 'connected')
    return {
      holds: false,
      because: 'it was answered',
      evidence: `a TCP connection was made and closed${countedWords(seen)}`,
    }
  if (trail === null) return judgeBlindly(seen)
  switch (trail.end) {
    case 'absent':
      return seen.refusal === undefined
        ? { holds: null, because: 'the packet was never seen by this host' }
        : { holds: true, evidence: `the packet was not taken in: ${seen.refusal}` }
    case 'local':
      return {
        holds: false,
        because: `it reached this host: no rule drops it${reply(seen)}${countedWords(seen)}`,
      }
    case 'left':
      return {
        holds: false,
        because: `it left this host: no rule drops it${reply(seen)}${countedWords(seen)}`,
      }
    case 'unrouted':
      return judgeUnrouted(seen, trail)
    case 'vanished':
      if (isOurs(seen, trail) || seen.genuine) return { holds: true, evidence: dropWords(seen, trail) }
      return { holds: null, because: `${dropWords(seen, trail)}, and the sender's address was made up` }
  }
}

function judgeUnrouted(seen: Witness, trail: Extract<Trail, { end: 'unrouted' }>): Proof {
  const words = unroutedWords(seen, trail)
  if (seen.genuine || seen.refusal !== undefined) return { holds: true, evidence: words }
  return { holds: null, because: `${words}, and the sender's address was made up` }
}

/** Without nft, only DOCKER-USER's own counters speak. */
function judgeBlindly(seen: Witness): Proof {
  if (seen.literal.length > 0) return { holds: true, evidence: literalWords(seen) }
  const why = {
    timeout: 'nobody answered, which proves no drop',
    refused: 'it was refused, by a rule or by a closed port',
    unreachable: 'an answer said "unreachable", by a rule or by a router',
  }
  const { outcome } = seen.result
  const what = outcome === 'connected' || outcome === 'failed' ? outcome : why[outcome]
  return { holds: null, because: `${what}; without nftables only DOCKER-USER's counters can be read` }
}

function judgeDelivery(claim: PacketClaim, seen: Witness, trail: Trail | null): Proof {
  if (trail === null) return judgeDeliveryBlindly(claim, seen)
  const wanted = claim.arrivesAt
  switch (trail.end) {
    case 'absent':
      return { holds: null, because: `the packet was never seen by this host${because(seen.refusal)}` }
    case 'vanished':
      return { holds: false, because: dropWords(seen, trail) }
    case 'unrouted':
      return { holds: false, because: unroutedWords(seen, trail) }
    case 'left':
      if (wanted === undefined) return { holds: true, evidence: `it left this host${reply(seen)}` }
      return { holds: false, because: `it left this host instead of arriving at ${wanted}` }
    case 'local':
      if (wanted !== undefined && !trail.arrived)
        return { holds: false, because: `it reached this host, but not at ${wanted}` }
      return {
        holds: true,
        evidence: `it arrived${wanted === undefined ? '' : ` at ${wanted}`}${reply(seen)}`,
      }
  }
}

function judgeDeliveryBlindly(claim: PacketClaim, seen: Witness): Proof {
  const wanted = claim.arrivesAt
  if (seen.result.outcome !== 'connected')
    return {
      holds: null,
      because: `${seen.result.outcome}; without nftables it cannot be told where it ended`,
    }
  if (wanted === undefined || seen.endedAt === wanted)
    return { holds: true, evidence: `it arrived${wanted === undefined ? '' : ` at ${wanted}`}${reply(seen)}` }
  if (seen.endedAt !== undefined)
    return { holds: false, because: `it arrived at ${seen.endedAt} instead of ${wanted}` }
  return { holds: null, because: `it was answered, but whether at ${wanted} cannot be told` }
}

type Vanished = Extract<Trail, { end: 'vanished' }>

const isFence = (seen: Witness, trail: Vanished): boolean =>
  seen.fence.length > 0 &&
  trail.chains.some(chain => fenceTables.some(table => chain.startsWith(`inet ${table} `)))
const isLiteral = (seen: Witness, trail: Vanished): boolean =>
  seen.literal.length > 0 && trail.chains.some(chain => / filter FORWARD$/.test(chain))
const isOurs = (seen: Witness, trail: Vanished): boolean => isFence(seen, trail) || isLiteral(seen, trail)

function dropWords(seen: Witness, trail: Vanished): string {
  if (isFence(seen, trail)) return `dropped by the fence: ${trail.hook}, counter ${seen.fence.join(', ')}`
  if (isLiteral(seen, trail)) return literalWords(seen)
  const where =
    trail.chains.length === 0 ? 'by the kernel, where no chain stands' : `in ${trail.chains.join(', ')}`
  const at = trail.priorities === '' ? trail.hook : `${trail.hook} at priority ${trail.priorities}`
  return `${rejected(seen) ? 'rejected' : 'dropped'}, but not by a rule of ours: ${where} (${at})`
}

const literalWords = (seen: Witness): string => `dropped by ${seen.literal.join(', ')}`

const unroutedWords = (seen: Witness, trail: Extract<Trail, { end: 'unrouted' }>): string =>
  `past all of ${trail.after} the kernel's routing refused it${seen.refusal === undefined ? '' : `: ${seen.refusal}`}`

const countedWords = ({ counted }: Witness): string =>
  counted.length === 0 ? '' : `, counted by ${counted.join(', ')}`

const rejected = ({ result }: Witness): boolean =>
  result.outcome === 'refused' || result.outcome === 'unreachable'

const because = (words: string | undefined): string => (words === undefined ? '' : `: ${words}`)

const replies: Readonly<Record<CallResult['outcome'], string>> = {
  connected: ', and was answered',
  refused: ', and nobody listens there',
  unreachable: ', and was answered "unreachable"',
  timeout: ', and nobody answered',
  failed: '',
}
const reply = ({ result }: Witness): string => replies[result.outcome]
