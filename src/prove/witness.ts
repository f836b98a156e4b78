import type { Look } from '../look/look.js'
import type { PacketClaim } from '../model/claim.js'
import type { Shot } from './aim.js'
import type { CallResult } from './prober-protocol.js'
import type { Witness } from './judge.js'
import { movedBetween, type FenceRule, type Tally } from './ours.js'
import type { Point } from './points.js'
import { refusalOf } from './refusal.js'
import { endOf } from './sockets.js'
import { trailOf, type Trail } from './trail.js'

type Claimed = Shot & { readonly claim: PacketClaim }

/** All packets sent, and the counters before and after. */
export interface Fired {
  readonly shots: readonly Claimed[]
  /** One for each shot. */
  readonly results: readonly CallResult[]
  readonly points: readonly Point[]
  /** null: nothing was counted. */
  readonly counts: ReadonlyMap<string, number> | null
  readonly before: Tally
  readonly after: Tally
  readonly rules: readonly FenceRule[]
}

/** What is known of each shot. Connections that were made must still be open. */
export function witnesses(fired: Fired, look: Look): Promise<readonly Witness[]> {
  return Promise.all(
    fired.shots.map(async (shot, index): Promise<Witness> => {
      const { claim, tracked } = shot
      const result = fired.results[index] ?? { outcome: 'failed', code: 'no answer' }
      const trail =
        fired.counts === null
          ? null
          : trailOf(
              index,
              { family: claim.family, fromHost: tracked.source === null },
              fired.points,
              fired.counts,
            )
      return {
        result,
        trail,
        fence: trail === null ? [] : fenceOf(claim, trail, fired),
        counted: countedOf(claim, fired),
        literal: literalOf(claim, trail, fired),
        genuine: shot.genuine,
        refusal: trail === null ? undefined : await refusalOf(claim, trail, look),
        endedAt: trail === null ? await endOf(result, tracked.sourcePort, look.host) : undefined,
      }
    }),
  )
}

/** Of the hook where it vanished, those that speak of its destination, or, where none does, all. */
function fenceOf(claim: PacketClaim, trail: Trail, { before, after, rules }: Fired): readonly string[] {
  if (trail.end !== 'vanished') return []
  const moved = movedBetween(before.fence, after.fence)
  const there = rules.filter(({ drops, hook, name }) => drops && hook === trail.hook && moved.has(name))
  const exact = there.filter(({ text }) => text.includes(claim.to))
  return (exact.length > 0 ? exact : there).map(({ name }) => `${name} (+${moved.get(name) ?? 0})`)
}

/** Those that speak of its destination and drop nothing themselves, as all do in "observe". */
function countedOf(claim: PacketClaim, { before, after, rules }: Fired): readonly string[] {
  const moved = movedBetween(before.fence, after.fence)
  return rules
    .filter(({ drops, name, text }) => !drops && moved.has(name) && text.includes(claim.to))
    .map(({ name }) => `${name} (+${moved.get(name) ?? 0})`)
}

/**
 * Rules of DOCKER-USER that fit the packet and counted. Where nothing else can be counted, a rule is believed only when
 * it counted exactly as many packets as were sent its way: others may send to the same address at the same moment.
 */
function literalOf(
  claim: PacketClaim,
  trail: Trail | null,
  { shots, before, after }: Fired,
): readonly string[] {
  const moved = movedBetween(before.literal[claim.family], after.literal[claim.family])
  return [...moved]
    .filter(([rule]) => fits(rule, claim))
    .filter(([rule, by]) => trail !== null || by === shots.filter(shot => fits(rule, shot.claim)).length)
    .map(([rule, by]) => `${rule.replace(/^-A /, '')} (+${by})`)
}

function fits(rule: string, { to, origin }: PacketClaim): boolean {
  if (!new RegExp(` -d ${to.replaceAll('.', '\\.')}/\\d+ `).test(rule) || rule.includes(' ! ')) return false
  const name = / -i (\S+)/.exec(rule)?.[1]
  if (name === undefined) return true
  if (origin.kind !== 'container') return false
  return name.endsWith('+') ? origin.bridge.startsWith(name.slice(0, -1)) : origin.bridge === name
}
