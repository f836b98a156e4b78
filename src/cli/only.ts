import type { ControlId } from '../model/policy.js'
import { usage } from './options.js'

/** Rejects with E_USAGE for an id that no control has. */
export async function onlyKnown(
  asked: readonly string[],
  controls: readonly { readonly id: ControlId }[],
): Promise<readonly ControlId[]> {
  const known = controls.map(control => control.id)
  const stranger = asked.find(id => !known.includes(id))
  if (stranger === undefined) return asked
  const { nearest } = await import('./nearest.js')
  const suggestion = nearest(stranger, known)
  throw usage(
    `unknown control ${JSON.stringify(stranger)}; ${
      suggestion === undefined ? `there are ${known.join(', ')}` : `did you mean ${suggestion}?`
    }`,
    'explain',
  )
}
