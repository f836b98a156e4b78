/** What is asked of the prober process, a JSON line each. It answers in the same order. */
export type Request =
  | { readonly op: 'reserve'; readonly count: number }
  | { readonly op: 'connect'; readonly calls: readonly Call[] }
  | { readonly op: 'close' }

export interface Call {
  readonly address: string
  readonly port: number
  readonly localPort: number
  readonly timeoutMs: number
}

export type CallResult =
  /** The connection stays open until "close". `from`: the address it was made from. */
  | { readonly outcome: 'connected'; readonly from: string }
  /** refused and unreachable: somebody answered so, a closed port or a rule that rejects. */
  | { readonly outcome: 'refused' | 'unreachable' | 'timeout' }
  /** Not a matter of the packet's way: the port was taken, no address, … */
  | { readonly outcome: 'failed'; readonly code: string }

/** The first line is the prober's own number, as processes here see it. */
export type Answer =
  | { readonly pid: number }
  | { readonly ports: readonly number[] }
  | { readonly results: readonly CallResult[] }
  | { readonly closed: true }
