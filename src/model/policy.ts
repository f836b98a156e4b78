export type ControlId = string
/** enforce: done. observe: drops are counted, not made; other changes only reported. off: left alone. */
export type Mode = 'enforce' | 'observe' | 'off'

/** An exception for the metadata service. Exactly one of bridge and cidr. */
export type ImdsAllowance =
  { readonly bridge: string; readonly reason: string } | { readonly cidr: string; readonly reason: string }

export interface Policy {
  readonly controls: Readonly<Record<ControlId, Mode>>
  readonly imdsAllow: readonly ImdsAllowance[]
}
