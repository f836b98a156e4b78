import * as z from 'zod/mini'
import type { ControlId } from '../../model/policy.js'
import { bridgeFault, cidrFault, reasonFault } from './allowance.js'
import { defaults } from './defaults.js'

/** The shape of a policy file. Also the source of docs/policy.schema.json. */
export function policySchema(controls: readonly { readonly id: ControlId; readonly title: string }[]) {
  return describe(
    z.strictObject({
      $schema: z.optional(describe(z.string(), 'For editors; not read.')),
      controls: z.optional(
        describe(
          z.strictObject(
            Object.fromEntries(controls.map(({ id, title }) => [id, z.optional(describe(mode(), title))])),
          ),
          `What each control does; "${defaults.mode}" when left out.`,
        ),
      ),
      imdsAllow: z.optional(
        describe(z.array(allowance()), 'Who may reach the instance metadata service all the same, and why.'),
      ),
    }),
    'The policy of taskfence on one host.',
  )
}

/** A fresh one each time: two controls must not share one description. */
const mode = () => z.enum(['enforce', 'observe', 'off'])

function allowance() {
  const shape = z.strictObject({
    bridge: z.optional(describe(checked(bridgeFault), 'The name of one bridge: no pattern.')),
    cidr: z.optional(describe(checked(cidrFault), 'Source addresses: IPv4 from /8, IPv6 from /16.')),
    reason: describe(checked(reasonFault), 'Shown in every report.'),
  })
  const one = shape.check(
    z.refine(entry => (entry.bridge === undefined) !== (entry.cidr === undefined), {
      error: 'expected exactly one of "bridge" and "cidr"',
    }),
  )
  return one.register(z.globalRegistry, { oneOf: [{ required: ['bridge'] }, { required: ['cidr'] }] })
}

/** A text in which `fault` finds nothing. */
const checked = (fault: (text: string) => string | undefined) =>
  z.string().check(
    z.check(payload => {
      const message = fault(payload.value)
      if (message !== undefined) payload.issues.push({ code: 'custom', message, input: payload.value })
    }),
  )

const describe = <T extends z.core.$ZodType>(type: T, description: string): T => {
  z.globalRegistry.add(type, { description })
  return type
}
