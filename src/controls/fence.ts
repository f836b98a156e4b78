import type { Desired } from '../model/desired.js'
import type { Facts } from '../model/facts.js'
import type { Mode } from '../model/policy.js'
import type { FenceHook } from '../model/resource.js'
import { declaration } from '../resources/fence-table.js'

export const hasFence = (facts: Facts): boolean => facts.nft?.usable === true

/** The comment that marks what a control wrote. */
export const tagOf = (control: string): string => `taskfence-${control}`

/** A drop in the fence, with the chain it needs. In "observe" it counts and drops nothing. */
export function fenceDrop(
  control: string,
  mode: Mode,
  hook: FenceHook,
  name: string,
  match: string,
): readonly Desired[] {
  const verdict = mode === 'observe' ? '' : ' drop'
  return [
    { resource: { kind: 'fence-chain', hook }, state: declaration(hook) },
    {
      resource: { kind: 'fence-rule', hook, name, tag: tagOf(control) },
      state: `${match} counter name "${name}"${verdict}`,
    },
  ]
}
