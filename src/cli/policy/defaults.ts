import type { ControlId, Mode, Policy } from '../../model/policy.js'

/** What a policy file may leave out. Every default stands here and nowhere else. */
export const defaults = {
  /** What AWS documents is enforced. */
  mode: 'enforce',
  imdsAllow: [],
} as const satisfies { readonly mode: Mode; readonly imdsAllow: Policy['imdsAllow'] }

/** The policy of a host without a policy file, or with one that says only a part. */
export const complete = (said: Partial<Policy>, controls: readonly { readonly id: ControlId }[]): Policy => ({
  controls: Object.fromEntries(controls.map(({ id }) => [id, said.controls?.[id] ?? defaults.mode])),
  imdsAllow: said.imdsAllow ?? defaults.imdsAllow,
})
