import t from 'tap'
import { defaults } from '../../src/cli/policy/defaults.js'
import { reconcile } from '../../src/engine/reconcile.js'
import { survey } from '../../src/engine/survey.js'
import { schemaFaults } from '../report/schema.js'
import { factsJson } from '../../src/report/json.js'
import { factsText } from '../../src/report/facts-text.js'
import { plain } from '../../src/report/paint.js'
import type { Report } from '../../src/model/report.js'
import { policyOf } from '../fakes/machine.js'
import { noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { windowsHost, type WindowsHost } from './windows-host.js'
import { credentials, freshWorld, restart, workingWorld, type World } from './world.js'

t.test('the arrow on Windows', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const scripts = scriptsIn(t.testdir())
  const hostOf = (world: World) => windowsHost(engine, scripts, world)

  t.test('a host that nobody set up: seen, repaired, proven, and then left alone', async t => {
    const host = hostOf(freshWorld())
    const before = await look(host, 'check')
    t.equal(before.verdict, 'failed', 'the credentials endpoint does not answer')
    t.same(host.ran, ['Get-Facts.ps1'], 'one process is all that a look costs')
    t.same(
      before.outcomes.map(({ entry, status }) => `${entry.id} ${status}`),
      [
        'windows address drifted',
        'windows route drifted',
        'windows firewall drifted',
        'windows portproxy drifted',
        'windows variable ECS_ENABLE_TASK_IAM_ROLE drifted',
        'windows proxy-service in-sync',
      ],
    )
    t.same(host.world.done, [])
    t.match(await look(host, 'apply'), { verdict: 'changed', claims: [{ proof: { holds: true } }] })
    const done = host.world.done.length
    t.match(await look(host, 'apply'), { verdict: 'in-sync' })
    t.equal(host.world.done.length, done, 'nothing is done twice')
  })

  t.test('after a restart only what was lost is made again, in the right order', async t => {
    const host = hostOf(restart(workingWorld()))
    const report = await look(host, 'apply')
    t.match(report, { verdict: 'changed', claims: [{ proof: { holds: true, evidence: /status 400/ } }] })
    t.same(host.world.done, [
      `netsh delete ${credentials}`,
      `New-NetIPAddress ${credentials}/32 21`,
      'New-NetRoute 172.24.0.0/20 21',
      `netsh add ${credentials}`,
    ])
  })

  t.test('observed and off: nothing is written', async t => {
    const host = hostOf(freshWorld())
    const modes = { 'windows-address': 'off', 'windows-firewall': 'observe' } as const
    const only = Object.keys(modes)
    t.match(await look(host, 'apply', { only, modes }), {
      skipped: [{ control: 'windows-address' }],
      outcomes: [{ entry: { id: 'windows firewall' }, status: 'drifted' }],
    })
    t.same(host.world.done, [])
  })

  t.test('awsvpc tasks: the metadata service is closed where the agent takes any', async t => {
    const host = hostOf(workingWorld())
    const only = ['windows-imds-awsvpc']
    t.match(await look(host, 'apply', { only }), {
      skipped: [{ reason: /takes no awsvpc tasks/ }],
      outcomes: [],
    })
    host.world.machine['ECS_ENABLE_TASK_ENI'] = 'true'
    await look(host, 'apply', { only })
    t.equal(host.world.machine['ECS_AWSVPC_BLOCK_IMDS'], 'true')
    host.world.os = { Caption: 'Microsoft Windows Server 2016', BuildNumber: '14393', ProductType: 3 }
    t.match(await look(host, 'apply', { only }), { skipped: [{ reason: /2016 has no awsvpc/ }] })
  })

  t.test('awsvpc tasks are taken where the policy says so, and closed before', async t => {
    const host = hostOf(workingWorld())
    const only = ['windows-imds-awsvpc', 'windows-task-eni']
    t.match(await look(host, 'apply', { only, modes: { 'windows-task-eni': 'off' } }), { outcomes: [] })
    const modes = { 'windows-task-eni': 'enforce' } as const
    t.match(await look(host, 'apply', { only, modes }), {
      skipped: [],
      outcomes: ['ECS_AWSVPC_BLOCK_IMDS', 'ECS_ENABLE_TASK_ENI'].map(name => ({
        entry: { id: `windows variable ${name}` },
        status: 'changed',
      })),
    })
    t.match(host.world.machine, { ECS_AWSVPC_BLOCK_IMDS: 'true', ECS_ENABLE_TASK_ENI: 'true' })
    host.world.os = { Caption: 'Microsoft Windows Server 2016', BuildNumber: '14393', ProductType: 3 }
    t.match(await look(host, 'apply', { only, modes }), {
      skipped: only.map(control => ({ control, reason: /2016 has no awsvpc/ })),
    })
  })

  const failures: readonly (readonly [string, object, (world: World) => void])[] = [
    [
      'what cannot be told is no drift',
      { verdict: 'unknown', outcomes: [{ status: 'unknown', error: { message: /denied/ } }] },
      world => world.denied.push('Get-NetFirewallRule'),
    ],
    [
      'what cannot be set is a failure that says why',
      { verdict: 'failed', outcomes: [{ status: 'failed', error: { message: /no rule.*denied/ } }] },
      world => world.denied.push('New-NetFirewallRule'),
    ],
  ]
  for (const [name, wanted, spoil] of failures)
    t.test(name, async t => {
      const world = workingWorld()
      world.firewall = []
      spoil(world)
      t.match(await look(hostOf(world), 'apply', { only: ['windows-firewall'] }), wanted)
    })

  t.test('the endpoint is not asked where its address is not on this host', async t => {
    const host = hostOf(restart(workingWorld()))
    host.http = async ({ address }) => {
      t.not(address, credentials)
      return null
    }
    const report = await look(host, 'check', { only: ['windows-portproxy'] })
    t.match(report.claims, [{ proof: { holds: false, because: 'no adapter has 169.254.170.2' } }])
  })

  for (const [name, code, spoil] of [
    [
      'Windows 11',
      'E_UNSUPPORTED',
      world => (world.os = { Caption: 'Microsoft Windows 11 Pro', BuildNumber: '22631', ProductType: 1 }),
    ],
    [
      'Windows Server 2012 R2',
      'E_UNSUPPORTED',
      world => (world.os = { Caption: 'x', BuildNumber: '9600', ProductType: 3 }),
    ],
    ['a Windows that does not say', 'E_UNSUPPORTED', world => world.denied.push('Get-CimInstance')],
    ['not as Administrator', 'E_PRIVILEGE', world => (world.administrator = false)],
  ] as const satisfies readonly (readonly [string, string, (world: World) => unknown])[])
    t.test(`${name} is refused`, async t => {
      const host = hostOf(freshWorld())
      spoil(host.world)
      await t.rejects(look(host, 'apply'), { code })
      t.same(host.world.done, [])
    })

  t.test('what PowerShell prints before the answer is none of it', async t => {
    const host = hostOf(workingWorld())
    const run = host.run.bind(host)
    host.run = async command => {
      const result = await run(command)
      const stdout = `WARNING: Waiting for service 'IP Helper (iphlpsvc)' to start...\r\n\r\n${result.stdout}\r\n`
      return { ...result, stdout }
    }
    t.match(await look(host, 'check'), { verdict: 'in-sync' })
  })

  t.test('what cannot be told of the host is told as that, and holds nothing up', async t => {
    const host = hostOf(workingWorld())
    const denied = ['Get-Service', 'Get-MachineVariable', 'netsh', 'Get-NetTCPConnection', 'Get-NetAdapter']
    host.world.denied.push(...denied, 'Get-ScheduledTask')
    const { facts } = await survey(host)
    const untold = { services: null, adapters: null, port80: null, excludedPorts: null, variables: null }
    t.match(facts, { windows: untold, agent: null, agentConfig: null })
    t.same(Object.keys(facts.unknown).sort(), ['agent', 'agentConfig', 'windows'])
    t.same(schemaFaults(factsJson(facts), 'factsOnly'), [])
    const text = factsText(facts, plain, 200)
    for (const words of [
      /services +not told/,
      /adapters for the credentials address: not told/,
      /port 80: not told/,
      /Windows keeps for itself: not told/,
      /whether there is a scheduled task Initialize-ECSHostReboot was not told/,
      /agent +could not tell: Access is denied/,
    ])
      t.match(text, words)
    const report = await look(host, 'apply')
    t.equal(report.verdict, 'unknown')
    t.match(report.skipped, [{ control: 'windows-task-eni' }], 'and nothing more')
    t.same(host.world.done, [])
  })

  t.test('no PowerShell, or one that may run no script', async t => {
    const host = hostOf(freshWorld())
    host.run = async () => ({ exitCode: 127, stdout: '', stderr: '' })
    await t.rejects(look(host, 'check'), { code: 'E_COMMAND', message: /is not installed/ })
    host.run = async () => ({
      exitCode: 1,
      stdout: '',
      stderr: 'see about_Execution_Policies; ExecutionPolicy',
    })
    await t.rejects(look(host, 'check'), { code: 'E_COMMAND', hint: /Set-ExecutionPolicy/ })
    host.run = async () => ({ exitCode: 0, stdout: '{"administrator":1}', stderr: '' })
    await t.rejects(look(host, 'check'), { code: 'E_PARSE', message: /true or false as "administrator"/ })
    host.run = async () => ({ exitCode: 0, stdout: 'WARNING', stderr: '' })
    await t.rejects(look(host, 'check'), { code: 'E_PARSE', message: /not JSON/ })
  })
})

interface Choice {
  readonly only?: readonly string[]
  readonly modes?: Parameters<typeof policyOf>[0]
}

function look(host: WindowsHost, mode: 'check' | 'apply', { only, modes }: Choice = {}): Promise<Report> {
  const writeLock = async () => async () => undefined
  const input = { policy: policyOf({ ...defaults.modes, ...modes }), mode, writeLock }
  return reconcile(only === undefined ? input : { ...input, only }, host)
}
