import type { Condition } from './condition.js'

/** What a rule does to a packet that meets all its conditions. */
export type Action =
  | { readonly kind: 'accept' | 'drop' | 'reject' | 'return' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  /** DNAT (address unchanged: 'same'), or REDIRECT (address null: the host's own). port null: unchanged. Ends its chain. */
  | { readonly kind: 'dnat'; readonly address: string | null; readonly port: number | null }
  /** SNAT, MASQUERADE: another source from here on. Ends its chain. */
  | { readonly kind: 'snat' }
  /** Counts, logs, traces: the packet goes on unchanged as far as its fate goes. */
  | { readonly kind: 'continue' }
  /** mark = (mark & ~mask) ^ value, all bits without a mask; value null: could be anything. */
  | { readonly kind: 'mark'; readonly value: number | null; readonly mask?: number }
  /** `-j NOTRACK`, `notrack`: later state tests see UNTRACKED. */
  | { readonly kind: 'notrack' }
  /** nft's `vmap`: the action of the first entry whose conditions hold; none: the packet goes on. */
  | { readonly kind: 'choose'; readonly from: readonly Choice[] }
  /** One after the other, until one ends the chain. */
  | { readonly kind: 'sequence'; readonly steps: readonly Action[] }
  /** Anything else: it may do whatever it likes, to the packet as well. */
  | { readonly kind: 'unknown'; readonly text: string }

export interface Choice {
  readonly conditions: readonly Condition[]
  readonly action: Action
}
