import t from 'tap'
import { proven } from '../report/proofs.js'
import { reports } from '../report/reports.js'
import { schemaFaults } from '../report/schema.js'
import type { Parts } from '../../src/cli/parts.js'
import { controls, taskfence } from './fakes.js'

const report = reports['broken']

t.test('JSON stands alone on standard output, as the schema says', async t => {
  for (const argv of ['plan', 'check', 'apply', 'check --live']) {
    const words = [...argv.split(' '), '--format', 'json', '--log-level', 'debug']
    const { stdout, stderr } = await taskfence(words, { report: report ?? {} })
    t.same(schemaFaults(stdout), [], argv)
    t.match(
      stderr,
      /^2025-03-04T05:06:07\.000Z debug looking mode=(check|apply) only=all\n/,
      `${argv}: the log`,
    )
  }
  t.same(schemaFaults((await taskfence(['facts', '--format', 'json'])).stdout, 'factsOnly'), [], 'facts')
  t.same(schemaFaults((await taskfence(['prove', '--format', 'json'])).stdout, 'proveReport'), [], 'prove')
  const explained = JSON.parse((await taskfence(['explain', '--format', 'json'])).stdout) as {
    readonly controls: readonly { readonly id: string }[]
  }
  t.same(
    explained.controls.map(({ id }) => id),
    controls.map(({ id }) => id),
    'explain',
  )
})

t.test('a restart is told to whoever waits, on standard error', async t => {
  const reconcile: Parts['reconcile'] = input => {
    input.restart?.('systemctl restart ecs\n')
    return Promise.resolve(reports['pending'] as never)
  }
  const asked = await taskfence(['apply', '--restart-agent', '--format', 'json'], { parts: { reconcile } })
  t.equal(asked.stderr, 'systemctl restart ecs\n')
  t.same(schemaFaults(asked.stdout), [])
  const unasked = await taskfence(['apply'], { parts: { reconcile } })
  t.equal(unasked.stderr, '', 'nobody restarts it without being asked')
  t.match(unasked.stdout, 'Not yet in force: 2 settings wait for a restart of the agent')
  t.equal(unasked.exit, 0)
})

t.test('every command prints text for people', async t => {
  for (const [argv, says] of [
    ['facts', /Amazon Linux 2023/],
    ['plan', /2 changes on this host\. Nothing was written/],
    ['check', /Not fenced: 4 promises broken/],
    ['apply', /Not fenced/],
    ['prove', /DISAGREE/],
    ['check --live', /Not fenced[\s\S]*DISAGREE/],
    ['explain', /imds-bridge {8}Tasks on any bridge/],
    [
      'explain route-localnet',
      /^route-localnet: Requests .*\n\nWhy route-localnet\.\n\nBy hand:\n {2}do route-localnet\n/,
    ],
    ['explain --only route-localnet', /^route-localnet: /],
  ] as const) {
    const { stdout, stderr } = await taskfence(argv.split(' '), { report: report ?? {} })
    t.match(stdout, says, argv)
    t.equal(stderr, '', `${argv}: nothing to log`)
  }
  const quiet = await taskfence(['prove'], { parts: { prove: () => Promise.resolve(proven) } })
  t.match(quiet.stdout, '1 promise proven by packets.')
})

t.test('colour only on a terminal that wants it', async t => {
  const coloured = async (argv: readonly string[], setting: object) =>
    (await taskfence(argv, { report: report ?? {}, ...setting })).stdout.includes('\u001b[31m')
  t.equal(await coloured(['check'], { terminal: true }), true, 'terminal')
  t.equal(await coloured(['check'], {}), false, 'pipe')
  t.equal(await coloured(['check', '--no-color'], { terminal: true }), false, '--no-color')
  t.equal(await coloured(['check'], { terminal: true, env: { NO_COLOR: '1' } }), false, 'NO_COLOR')
})

t.test('explain shows the mode of a policy that is named', async t => {
  const files = { '/p.json': '{"controls":{"imds-bridge":"observe"}}' }
  const { stdout } = await taskfence(['explain', 'imds-bridge', '--policy', '/p.json'], { files })
  t.match(stdout, '(policy: observe)')
})
