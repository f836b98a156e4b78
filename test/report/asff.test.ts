import fc from 'fast-check'
import t from 'tap'
import { asff } from '../../src/report/asff.js'
import { plain } from '../../src/report/paint.js'
import { golden } from './golden.js'
import { hostile } from './hostile.js'
import { prove, proven } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const reading = { controls, paint: plain, width: 100, only: [], again: '' }
const instance = { account: '111122223333', region: 'eu-west-1', partition: 'aws', id: 'i-0123456789abcdef0' }

interface Finding {
  readonly Id: string
  readonly ProductArn: string
  readonly GeneratorId: string
  readonly Title: string
  readonly Description: string
  readonly Severity: { readonly Label: string }
  readonly Compliance: { readonly Status: string }
  readonly RecordState: string
  readonly Resources: readonly { readonly Type: string; readonly Id: string }[]
  readonly Remediation?: { readonly Recommendation: { readonly Text: string } }
}
const findings = (text: string) => (JSON.parse(text) as { readonly Findings: readonly Finding[] }).Findings
const printed = Object.entries(reports).map(
  ([name, report]) => [name, findings(asff({ report, reading, instance }))] as const,
)
const told = (name: string, id: string) =>
  printed.find(([of]) => of === name)?.[1].find(({ GeneratorId }) => GeneratorId === `taskfence/${id}`)

t.test('a golden page', async t => {
  golden(t, 'report-broken.asff.json.txt', asff({ report: reports['broken'] as never, reading, instance }))
})

t.test('the finding of the host says what the verdict says', async t => {
  const wanted = {
    failed: 'HIGH FAILED',
    unknown: 'MEDIUM WARNING',
    drifted: 'MEDIUM FAILED',
    changed: 'INFORMATIONAL PASSED',
    'in-sync': 'INFORMATIONAL PASSED',
    pending: 'MEDIUM FAILED',
  }
  for (const [name] of printed) {
    const host = told(name, 'host')
    const verdict = reports[name]?.verdict ?? 'failed'
    t.equal(
      `${host?.Severity.Label ?? ''} ${host?.Compliance.Status ?? ''}`,
      wanted[verdict],
      `${name}: ${verdict}`,
    )
  }
})

t.test('each control is rated by what is wrong with it', async t => {
  for (const [name, id, rating] of [
    ['broken', 'imds-bridge', 'HIGH FAILED ACTIVE'],
    ['broken', 'credentials-guard', 'MEDIUM WARNING ACTIVE'],
    ['broken', 'route-localnet', 'INFORMATIONAL PASSED ACTIVE'],
    ['broken', 'loopback-guard', 'INFORMATIONAL NOT_AVAILABLE ARCHIVED'],
    ['drifted', 'imds-bridge', 'MEDIUM FAILED ACTIVE'],
    ['failed', 'imds-bridge', 'HIGH FAILED ACTIVE'],
    ['with-notes', 'credentials-guard', 'INFORMATIONAL NOT_AVAILABLE ACTIVE'],
  ] as const) {
    const found = told(name, id)
    t.equal(
      `${found?.Severity.Label ?? ''} ${found?.Compliance.Status ?? ''} ${found?.RecordState ?? ''}`,
      rating,
      `${name}: ${id}`,
    )
  }
  t.match(
    told('broken', 'imds-bridge')?.Description,
    /Not so: tasks on docker0 cannot reach .*: accepted by ip filter/,
  )
})

t.test('what packets met is a finding of its own', async t => {
  const of = (given: typeof prove) =>
    findings(asff({ report: reports['in-sync'] as never, proven: given, reading, instance })).find(
      ({ GeneratorId }) => GeneratorId === 'taskfence/packets',
    )
  t.match(of(prove), {
    Severity: { Label: 'HIGH' },
    Description: /1 of 4 promises proven by packets\. contradicted: /,
  })
  t.match(of(proven), { Compliance: { Status: 'PASSED' } })
  t.match(of({ ...prove, probes: [] }), { Compliance: { Status: 'WARNING' } }, 'no packet')
})

t.test('ids stay, and are one a control and instance', async t => {
  const ids = new Map<string, string>()
  for (const [name, list] of printed) {
    t.equal(new Set(list.map(({ Id }) => Id)).size, list.length, name)
    for (const { Id, GeneratorId } of list) {
      t.equal(ids.get(GeneratorId) ?? Id, Id, GeneratorId)
      ids.set(GeneratorId, Id)
    }
  }
  t.equal(
    told('broken', 'host')?.Id,
    'arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0/taskfence/host',
  )
  const elsewhere = {
    account: '111122223333',
    region: 'cn-north-1',
    partition: 'aws-cn',
    id: 'mi-0123456789abcdef0',
  }
  const [external] = findings(asff({ report: reports['in-sync'] as never, reading, instance: elsewhere }))
  t.match(external, {
    ProductArn: 'arn:aws-cn:securityhub:cn-north-1:111122223333:product/111122223333/default',
    Resources: [
      { Type: 'Other', Id: 'arn:aws-cn:ssm:cn-north-1:111122223333:managed-instance/mi-0123456789abcdef0' },
    ],
  })
})

t.test('no text is longer than Security Hub takes, whatever others named', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000, minLength: 1 }), text =>
      findings(asff({ report: hostile(text), reading, instance })).every(
        ({ Title, Description, Remediation }) =>
          Title.length <= 256 &&
          Title.length > 0 &&
          Description.length <= 1024 &&
          Description.length > 0 &&
          (Remediation?.Recommendation.Text.length ?? 0) <= 512 &&
          !/[\p{Cc}]/u.test(Description),
      ),
    ),
  )
})
