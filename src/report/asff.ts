import type { Report } from '../model/report.js'
import { cut, findings, type Finding } from './findings.js'
import type { Instance, Told } from './formats.js'
import { sudo } from './layout.js'

/**
 * Findings of AWS Security Hub (ASFF 2018-10-08), as `aws securityhub batch-import-findings --cli-input-json` takes them:
 * one a control and one for the host. Their ids stay, so the next report updates them; what is well is a finding that
 * passed, and a control that is skipped archives its own.
 */
export function asff(told: Told): string {
  const { instance } = told
  if (instance === undefined) throw new Error('findings without an instance')
  const found = findings(told).map(one => finding(one, told.report, instance))
  return `${JSON.stringify({ Findings: found }, null, 2)}\n`
}

function finding(found: Finding, report: Report, { account, region, partition, id }: Instance) {
  const kind = id.startsWith('mi-')
    ? { Type: 'Other', Id: `arn:${partition}:ssm:${region}:${account}:managed-instance/${id}` }
    : { Type: 'AwsEc2Instance', Id: `arn:${partition}:ec2:${region}:${account}:instance/${id}` }
  const at = report.at.toISOString()
  return {
    SchemaVersion: '2018-10-08',
    Id: `${kind.Id}/taskfence/${found.id}`,
    ProductArn: `arn:${partition}:securityhub:${region}:${account}:product/${account}/default`,
    GeneratorId: `taskfence/${found.id}`,
    AwsAccountId: account,
    Types: ['Software and Configuration Checks/AWS Security Best Practices'],
    CreatedAt: at,
    UpdatedAt: at,
    Severity: { Label: found.severity },
    Title: cut(`${id}: ${found.title}`, 256),
    Description: cut(found.words, 1024),
    ...(found.compliance === 'PASSED'
      ? {}
      : {
          Remediation: { Recommendation: { Text: cut(remedy(found.id, sudo(report.facts.os.family)), 512) } },
        }),
    Resources: [{ ...kind, Partition: partition, Region: region }],
    Compliance: { Status: found.compliance },
    RecordState: found.record,
    ProductFields: { 'taskfence/control': found.id, 'taskfence/verdict': report.verdict },
  }
}

const remedy = (id: string, root: string): string =>
  id === 'host' || id === 'packets'
    ? `Run \`${root}taskfence check --live\` on the host; \`${root}taskfence apply\` repairs what differs.`
    : `\`${root}taskfence apply --only ${id}\` repairs what differs; \`taskfence explain ${id}\` says what to look at.`
