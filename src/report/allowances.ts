import type { ImdsAllowance } from '../model/policy.js'
import type { Report } from '../model/report.js'

/** Every exception from the policy in words, in every report. One that a control's own note tells already is not said twice. */
export const allowances = ({ policy, notes }: Pick<Report, 'policy' | 'notes'>): readonly string[] =>
  policy.imdsAllow
    .map(allowance => ({ ...whoIs(allowance), reason: allowance.reason }))
    .filter(({ name, reason }) => !notes.some(({ text }) => text.includes(name) && text.includes(reason)))
    .map(({ who, reason }) => `${who} may reach the metadata service (imdsAllow): ${reason}`)

function whoIs(allowance: ImdsAllowance): { readonly name: string; readonly who: string } {
  if ('bridge' in allowance) return { name: allowance.bridge, who: `tasks on ${allowance.bridge}` }
  if ('cidr' in allowance) return { name: allowance.cidr, who: `tasks with addresses in ${allowance.cidr}` }
  return { name: allowance.family, who: `tasks of the family ${allowance.family}` }
}
