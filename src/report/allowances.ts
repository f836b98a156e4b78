import type { Report } from '../model/report.js'

/** Every exception from the policy in words, in every report. One that a control's own note tells already is not said twice. */
export const allowances = ({ policy, notes }: Pick<Report, 'policy' | 'notes'>): readonly string[] =>
  policy.imdsAllow
    .map(allowance => ({
      name: 'bridge' in allowance ? allowance.bridge : allowance.cidr,
      who:
        'bridge' in allowance ? `tasks on ${allowance.bridge}` : `tasks with addresses in ${allowance.cidr}`,
      reason: allowance.reason,
    }))
    .filter(({ name, reason }) => !notes.some(({ text }) => text.includes(name) && text.includes(reason)))
    .map(({ who, reason }) => `${who} may reach the metadata service (imdsAllow): ${reason}`)
