import type { Context, Control } from '../controls/control.js'
import type { PacketClaim } from '../model/claim.js'
import type { SkippedControl } from '../model/desired.js'
import type { ControlId } from '../model/policy.js'

/** A claim that a packet of this host can answer. */
export interface Question {
  readonly control: ControlId
  readonly claim: PacketClaim
  readonly reportOnly: boolean
}

export interface Questions {
  readonly questions: readonly Question[]
  readonly skipped: readonly SkippedControl[]
}

/** Every packet claim of the controls that count, and why the others cannot be asked from here. Pure. */
export function questionsOf(base: Omit<Context, 'mode'>, controls: readonly Control[]): Questions {
  const all = controls.map(control => ofControl(base, control))
  return {
    questions: all.flatMap(({ questions }) => questions),
    skipped: all.flatMap(({ skipped }) => skipped),
  }
}

function ofControl(base: Omit<Context, 'mode'>, control: Control): Questions {
  const mode = base.policy.controls[control.id] ?? 'enforce'
  const reason = mode === 'off' ? 'turned off by policy' : control.skip?.({ ...base, mode })
  if (reason !== undefined) return { questions: [], skipped: [{ control: control.id, reason }] }
  const claims = control.claims({ ...base, mode }).filter(claim => claim.kind === 'packet')
  const [asked, others] = [claims.filter(isAskable), claims.filter(claim => !isAskable(claim))]
  return {
    questions: asked.map(claim => ({ control: control.id, claim, reportOnly: mode === 'observe' })),
    skipped: reasonsFor(others).map(words => ({ control: control.id, reason: words })),
  }
}

const isAskable = ({ origin }: PacketClaim): boolean =>
  origin.kind === 'host' ||
  (origin.kind === 'container' && !origin.hypothetical) ||
  (origin.kind === 'host-task' && origin.task === null)

function reasonsFor(claims: readonly PacketClaim[]): readonly string[] {
  const neighbours = claims.flatMap(({ origin }) => (origin.kind === 'neighbour' ? [origin.interface] : []))
  const bridges = claims.filter(({ origin }) => origin.kind === 'container')
  const tasks = claims.flatMap(({ origin }) => (origin.kind === 'host-task' ? [origin.task] : []))
  return [
    ...(neighbours.length === 0
      ? []
      : [
          `needs another machine: only a neighbour on ${[...new Set(neighbours)].join(', ')} can send such a packet`,
        ]),
    ...(bridges.length === 0
      ? []
      : ['there is no bridge for containers yet, so there is nowhere to send from']),
    ...(tasks.length === 0
      ? []
      : [
          `a probe in the cgroup of a running task would count as the task's own; asked beside ${[...new Set(tasks)].join(', ')}`,
        ]),
  ]
}
