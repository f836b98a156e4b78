import { prove } from '../claims/index.js'
import type { Context, Control } from '../controls/control.js'
import type { Look } from '../look/look.js'
import type { ClaimEntry } from '../model/claim.js'
import { TaskfenceError } from '../model/errors.js'

/** Every claim of every control that counts, proven on what stands now. Reads only. */
export async function proveAll(
  base: Omit<Context, 'mode'>,
  controls: readonly Control[],
  look: Look,
): Promise<readonly ClaimEntry[]> {
  const entries = controls.flatMap(control => {
    const mode = base.policy.controls[control.id] ?? 'enforce'
    const context = { ...base, mode }
    if (mode === 'off' || control.skip?.(context) !== undefined) return []
    return control
      .claims(context)
      .map(claim => ({ control: control.id, claim, reportOnly: mode === 'observe' }))
  })
  return Promise.all(
    entries.map(async entry => ({ ...entry, proof: await told(() => prove(entry.claim, look)) })),
  )
}

async function told(ask: () => Promise<ClaimEntry['proof']>): Promise<ClaimEntry['proof']> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { holds: null, because: error.message }
  }
}
