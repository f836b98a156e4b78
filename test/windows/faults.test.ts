import t from 'tap'
import { noPowerShell, startEngine } from './engine.js'
import { ask, readFacts, scriptsIn, settings, type Setting } from './settings.js'
import { credentials, restart, workingWorld, type World } from './world.js'

/** What can go wrong with -Set, and the answer: nobody waits for ever, and nobody is told that it worked. */
const faults: readonly (readonly [string, Setting, object, (world: World) => void])[] = [
  [
    'there is no adapter',
    'address',
    {
      exitCode: 1,
      answer: { holds: false, because: /no adapter named 'vEthernet \(nat\)\*'.* came in 30 s/ },
    },
    world => (world.adapters = world.adapters.filter(({ ifIndex }) => ifIndex === 4)),
  ],
  [
    'there is no adapter for a route',
    'route',
    { exitCode: 1, answer: { holds: false, because: /there is no adapter/, hint: /address/ } },
    world => (world.adapters = world.adapters.filter(({ ifIndex }) => ifIndex === 4)),
  ],
  [
    'the address never becomes Preferred',
    'address',
    { exitCode: 1, answer: { holds: false, because: /is Tentative, not Preferred/ } },
    world => (world.preferredAfter = null),
  ],
  [
    'another host answers for the address',
    'address',
    { exitCode: 1, answer: { holds: false, because: /is Duplicate/, hint: /another adapter or host/ } },
    world => (world.becomes = 'Duplicate'),
  ],
  [
    'the proxy has no address to listen on',
    'portproxy',
    { exitCode: 1, answer: { holds: false, because: /outlived.*169\.254\.170\.2 has to be there first/ } },
    () => undefined,
  ],
  [
    'IP Helper does not start',
    'proxy-service',
    { exitCode: 1, answer: { holds: false, because: /is Stopped; Service 'iphlpsvc' cannot be started/ } },
    world =>
      (world.services['iphlpsvc'] = {
        Status: 'Stopped',
        StartType: 'Automatic',
        ProcessId: 900,
        broken: true,
      }),
  ],
  [
    'IIS has port 80',
    'proxy-service',
    {
      exitCode: 1,
      answer: { holds: false, because: /^System \(http\.sys.* listens on 0\.0\.0\.0:80$/, hint: /port 80/ },
    },
    world => world.listeners.push({ LocalAddress: '0.0.0.0', LocalPort: 80, OwningProcess: 4 }),
  ],
  [
    'another web server has port 80',
    'proxy-service',
    { exitCode: 1, answer: { holds: false, because: 'nginx (process 1234) listens on :::80' } },
    world => world.listeners.push({ LocalAddress: '::', LocalPort: 80, OwningProcess: 1234 }),
  ],
  [
    'a web server on an address of its own is in nobody\u2019s way',
    'proxy-service',
    { exitCode: 0, answer: { holds: true } },
    world => world.listeners.push({ LocalAddress: '10.0.0.10', LocalPort: 80, OwningProcess: 1234 }),
  ],
  [
    'docker does not answer',
    'route',
    { exitCode: 3, answer: { holds: null, because: /docker does not tell the subnet/ } },
    world => (world.subnet = null),
  ],
  [
    'docker answers nonsense',
    'route',
    { exitCode: 3, answer: { holds: null, because: "not a subnet of docker's network nat: '$(calc)'" } },
    world => (world.subnet = '$(calc)'),
  ],
  ...(
    [
      ['address', 'New-NetIPAddress'],
      ['route', 'New-NetRoute'],
      ['firewall', 'New-NetFirewallRule'],
      ['proxy-service', 'Start-Service'],
      ['variable', 'Set-MachineVariable'],
    ] as const
  ).map(([setting, cmdlet]): (typeof faults)[number] => [
    `${cmdlet} is denied`,
    setting,
    { exitCode: 1, answer: { holds: false, because: /(denied|not allowed)/, done: [] } },
    world => {
      world.denied.push(cmdlet)
      world.firewall = []
      world.machine = {}
      world.services['iphlpsvc'] = { Status: 'Stopped', StartType: 'Automatic', ProcessId: 900 }
    },
  ]),
  ...(
    [
      ['address', 'Get-NetIPAddress'],
      ['address', 'Get-NetAdapter'],
      ['route', 'Get-NetRoute'],
      ['firewall', 'Get-NetFirewallRule'],
      ['proxy-service', 'Get-Service'],
      ['portproxy', 'netsh'],
      ['variable', 'Get-MachineVariable'],
    ] as const
  ).map(([setting, cmdlet]): (typeof faults)[number] => [
    `${setting}: ${cmdlet} is denied, so nothing can be told, and nothing is done`,
    setting,
    {
      exitCode: 3,
      answer: { holds: null, state: null, because: /(denied|not allowed|elevation)/, done: [] },
    },
    world => world.denied.push(cmdlet),
  ]),
]

t.test('faults of Windows', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const scripts = scriptsIn(t.testdir())

  for (const [name, setting, wanted, spoil] of faults)
    t.test(name, async t => {
      // After a restart: address, route and a proxy that listens are to be made.
      const world = restart(workingWorld())
      spoil(world)
      const set = await ask(engine, scripts, setting, ['-Set'], world)
      t.match(set, wanted)
      t.ok(set.world.clock <= 60, `in ${set.world.clock} s`)
    })

  t.test('an older proxy is removed even where the address cannot be made', async t => {
    const world = restart(workingWorld())
    world.denied.push('New-NetIPAddress')
    const set = await ask(engine, scripts, 'address', ['-Set'], world)
    t.same(set.world.portproxy, [])
    t.match(set.answer, { holds: false, because: /no adapter has 169\.254\.170\.2; Access is denied/ })
  })

  t.test('a setting that cannot be told takes no other with it', async t => {
    const world = workingWorld()
    world.denied.push('Get-NetFirewallRule', 'Get-ScheduledTask')
    const facts = await readFacts(engine, scripts, world)
    t.same(
      settings.map(name => facts.settings[name]?.holds),
      [true, true, true, true, null, true],
    )
    t.match(facts, { rebootTask: null, unknown: { rebootTask: /denied/ } })
    t.same(Object.keys(facts.unknown), ['rebootTask'])
  })

  t.test('a bare host', async t => {
    const world = workingWorld()
    world.services = { iphlpsvc: { Status: 'Running', StartType: 'Automatic', ProcessId: 900 } }
    world.excluded = [
      [80, 80],
      [51600, 51699],
    ]
    world.listeners.push({ LocalAddress: '::', LocalPort: 80, OwningProcess: 1234 })
    world.tasks.push({ TaskName: 'Initialize-ECSHostReboot', State: 'Ready' })
    t.match(await readFacts(engine, scripts, world), {
      services: { AmazonECS: null, docker: null, iphlpsvc: { status: 'Running' } },
      excludedPorts: [80, 51678, 51679],
      port80: [
        { address: '::', program: 'nginx (process 1234)' },
        { address: credentials, program: 'svchost (process 900)' },
      ],
      ecsTools: null,
      rebootTask: 'Ready',
      unknown: {},
    })
  })

  for (const [setting, ...args] of [
    ['route', '-Test', '-Set'],
    ['route', '-Sat'],
    ['route', '-Test', '-Subnet', '172.24.0.0/20; calc'],
    ['variable', '-Set', '-Name', 'PATH'],
    ['variable', '-Set', '-Name', 'ECS_ENABLE_TASK_IAM_ROLE; calc'],
  ] as const)
    t.test(`${setting} ${args.join(' ')}: nothing is done`, async t => {
      const world = restart(workingWorld())
      const {
        exitCode,
        stdout,
        world: after,
      } = await engine.run(`${scripts}/settings/${setting}.ps1`, args, world)
      t.notMatch(stdout, /"holds":(true|false)/)
      t.not(exitCode, 0)
      t.same(after, world)
    })
})
