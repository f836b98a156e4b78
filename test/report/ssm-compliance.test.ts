import { PutComplianceItemsCommand, SSMClient, type PutComplianceItemsRequest } from '@aws-sdk/client-ssm'
import t from 'tap'
import { plain } from '../../src/report/paint.js'
import { ssmCompliance } from '../../src/report/ssm-compliance.js'
import { faultsOf, systemsManager } from '../packaging/fleet/service-model.js'
import { golden } from './golden.js'
import { hostile } from './hostile.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'
import { sendingNothing } from './sent.js'

const reading = { controls, paint: plain, width: 100, only: [], again: '' }
const printed = [
  ...Object.entries(reports),
  ['hostile', hostile('"}\\\n\u0000\u2028'.repeat(900))] as const,
].map(
  ([name, report]) =>
    [name, ssmCompliance({ report, proven: prove, reading, nodeId: 'i-0123456789abcdef0' })] as const,
)
const itemsOf = (name: string) =>
  (JSON.parse(printed.find(([of]) => of === name)?.[1] ?? '{}') as PutComplianceItemsRequest).Items ?? []

t.test('a golden page', async t => {
  golden(t, 'report-broken.ssm-compliance.json.txt', printed.find(([name]) => name === 'broken')?.[1] ?? '')
})

t.test('a host is compliant where its verdict says so, and a control where it stands', async t => {
  for (const [name, report] of Object.entries(reports)) {
    const host = itemsOf(name).find(({ Id }) => Id === 'host')
    const good = report.verdict === 'in-sync' || report.verdict === 'changed'
    t.equal(host?.Status, good ? 'COMPLIANT' : 'NON_COMPLIANT', `${name}: ${report.verdict}`)
  }
  const broken = new Map(
    itemsOf('broken').map(({ Id, Severity, Status }) => [Id, `${Severity ?? ''} ${Status ?? ''}`]),
  )
  t.equal(broken.get('imds-bridge'), 'HIGH NON_COMPLIANT')
  t.equal(broken.get('credentials-guard'), 'MEDIUM NON_COMPLIANT', 'what could not be told is not compliant')
  t.equal(broken.get('route-localnet'), 'INFORMATIONAL COMPLIANT')
  t.notOk(broken.has('loopback-guard'), 'what is skipped is no item')
  t.notOk(
    itemsOf('with-notes').some(({ Id }) => Id === 'credentials-guard'),
    'nor is what only observes',
  )
})

/** The SDK leaves out what its model of the service does not know. */
t.test('the SDK sends all of it', async t => {
  for (const [name, text] of printed) {
    const request = JSON.parse(text) as PutComplianceItemsRequest
    const at = new Date(request.ExecutionSummary?.ExecutionTime ?? NaN)
    const { sent, settings } = sendingNothing()
    const made = { ...request, ExecutionSummary: { ExecutionTime: at } }
    await new SSMClient(settings).send(new PutComplianceItemsCommand(made)).catch(() => undefined)
    t.same(sent.body, { ...request, ExecutionSummary: { ExecutionTime: at.getTime() / 1000 } }, name)
  }
})

const model = systemsManager()

t.test(
  'no limit of the service is passed',
  { skip: model === null && 'the AWS CLI is not installed' },
  async t => {
    if (model === null) return
    for (const [name, text] of printed)
      t.same(faultsOf(model, 'PutComplianceItemsRequest', JSON.parse(text)), [], name)
    const odd = {
      ResourceId: '',
      Items: [{ Status: 'FINE', Words: 'x', Details: { says: 'x'.repeat(5000) } }],
    }
    t.same(
      faultsOf(model, 'PutComplianceItemsRequest', { ...odd, ComplianceType: 'Custom:a b' }).map(fault =>
        fault.replace(/ (is (none of|not)) .*/, ' $1'),
      ),
      [
        'PutComplianceItemsRequest: no ResourceType',
        'PutComplianceItemsRequest: no ExecutionSummary',
        'PutComplianceItemsRequest.ResourceId: 0 is not',
        'PutComplianceItemsRequest.Items[0]: no Severity',
        'PutComplianceItemsRequest.Items[0].Status: FINE is none of',
        'PutComplianceItemsRequest.Items[0].Words: unknown',
        'PutComplianceItemsRequest.Items[0].Details.says: 5000 is not',
        'PutComplianceItemsRequest.ComplianceType: Custom:a b is not',
      ],
      'and it can say no',
    )
  },
)
