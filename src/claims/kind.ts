import type { Look } from '../look/look.js'
import type { Claim, ClaimKind, Proof } from '../model/claim.js'

export type ClaimOf<K extends ClaimKind> = Extract<Claim, { readonly kind: K }>

/** How each kind of promise is proven. Reads only. A kind without an entry does not compile. */
export type ClaimKinds = {
  readonly [K in ClaimKind]: (claim: ClaimOf<K>, look: Look) => Promise<Proof>
}
