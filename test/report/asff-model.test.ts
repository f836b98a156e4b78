import {
  BatchImportFindingsCommand,
  SecurityHubClient,
  type BatchImportFindingsRequest,
} from '@aws-sdk/client-securityhub'
import t from 'tap'
import { asff } from '../../src/report/asff.js'
import { plain } from '../../src/report/paint.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'
import { sendingNothing } from './sent.js'

// Held against the model of Security Hub in the AWS SDK: it drops what the service would not take.

const reading = { controls, paint: plain, width: 100, only: [], again: '' }
const instance = { account: '111122223333', region: 'eu-west-1', partition: 'aws', id: 'i-0123456789abcdef0' }

/** What the SDK would send; nothing leaves this process. */
async function sentFor(request: BatchImportFindingsRequest): Promise<unknown> {
  const { sent, settings } = sendingNothing()
  await new SecurityHubClient(settings).send(new BatchImportFindingsCommand(request)).catch(() => undefined)
  return sent.body
}

t.test('every finding is as the model of Security Hub has it', async t => {
  for (const [name, report] of Object.entries(reports)) {
    const request = JSON.parse(
      asff({ report, proven: prove, reading, instance }),
    ) as BatchImportFindingsRequest
    t.ok(
      (request.Findings?.length ?? 0) > 1 && (request.Findings?.length ?? 0) <= 100,
      `${name}: some, and no more than one call takes`,
    )
    t.same(await sentFor(request), request, name)
    for (const finding of request.Findings ?? [])
      for (const field of required) t.ok(finding[field], `${name}: ${field}`)
  }
})

t.test('a field that the model does not know is dropped, and so seen', async t => {
  const request = JSON.parse(asff({ report: reports['broken'] as never, reading, instance })) as {
    Findings: object[]
  }
  const odd = { Findings: request.Findings.map(finding => ({ ...finding, Verdict: 'failed' })) }
  t.notSame(await sentFor(odd as never), odd)
})

/** Of a finding that is imported (Security Hub API, BatchImportFindings). */
const required = [
  'AwsAccountId',
  'CreatedAt',
  'Description',
  'GeneratorId',
  'Id',
  'ProductArn',
  'Resources',
  'SchemaVersion',
  'Severity',
  'Title',
  'Types',
  'UpdatedAt',
] as const
