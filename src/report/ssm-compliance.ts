import { cut, findings, type Finding } from './findings.js'
import type { Told } from './formats.js'

/**
 * Items of AWS Systems Manager Compliance, as `aws ssm put-compliance-items --cli-input-json` takes them: one a control
 * and one for the host. A call replaces all items of its type, so what is skipped or only observed is no item.
 */
export function ssmCompliance(told: Told): string {
  const { nodeId, report } = told
  if (nodeId === undefined) throw new Error('compliance items without a managed node')
  return `${JSON.stringify(
    {
      ResourceId: nodeId,
      ResourceType: 'ManagedInstance',
      ComplianceType: 'Custom:taskfence',
      ExecutionSummary: { ExecutionTime: report.at.toISOString().replace(/\.\d+Z$/, 'Z') },
      Items: findings(told)
        .filter(({ compliance }) => compliance !== 'NOT_AVAILABLE')
        .map(item),
    },
    null,
    2,
  )}\n`
}

/** What could not be told is not compliant. */
const item = ({ id, title, severity, compliance, words }: Finding) => ({
  Id: id,
  Title: cut(title, 500),
  Severity: severity,
  Status: compliance === 'PASSED' ? 'COMPLIANT' : 'NON_COMPLIANT',
  Details: { says: cut(words, 4096) },
})
