import t from 'tap'
import { noPowerShell, startEngine, type Engine } from './engine.js'
import { ask, readFacts, scriptsIn, settings, type Setting } from './settings.js'
import {
  agentRule,
  answers,
  credentials,
  freshWorld,
  nat,
  restart,
  workingWorld,
  type World,
} from './world.js'

type Break = (world: World) => void
const address = (world: World) => world.addresses.find(({ IPAddress }) => IPAddress === credentials)
const entry = (over: object) => ({
  ...{ listenaddress: credentials, listenport: 80, connectaddress: '127.0.0.1', connectport: 51679 },
  ...{ bound: null, ...over },
})

/** Each of the ways one condition comes not to hold, and what is said of it. */
const breaks: readonly (readonly [Setting, string, RegExp, Break])[] = [
  ['variable', 'not set', /^not set$/, world => delete world.machine['ECS_ENABLE_TASK_IAM_ROLE']],
  ['variable', 'off', /^'false', not true$/, world => (world.machine['ECS_ENABLE_TASK_IAM_ROLE'] = 'false')],
  [
    'variable',
    'with quotes',
    /'"true"', not true/,
    world => (world.machine['ECS_ENABLE_TASK_IAM_ROLE'] = '"true"'),
  ],
  [
    'proxy-service',
    'stopped',
    /is Stopped/,
    ({ services }) => (services['iphlpsvc'] = { Status: 'Stopped', StartType: 'Automatic', ProcessId: 900 }),
  ],
  [
    'proxy-service',
    'disabled',
    /is Stopped, .*starts Disabled/,
    ({ services }) => (services['iphlpsvc'] = { Status: 'Stopped', StartType: 'Disabled', ProcessId: 900 }),
  ],
  ['address', 'gone', /no adapter has 169/, world => remove(world.addresses, address(world))],
  ['address', 'in a wider network', /170\.2\/24 on/, world => edit(address(world), { PrefixLength: 24 })],
  [
    'address',
    'on another adapter',
    /interface 4 instead/,
    world => edit(address(world), { InterfaceIndex: 4 }),
  ],
  [
    'address',
    'claimed by another host',
    /is Duplicate/,
    world => edit(address(world), { AddressState: 'Duplicate' }),
  ],
  [
    'address',
    'not yet ready',
    /is Tentative/,
    world => edit(address(world), { AddressState: 'Tentative', preferredAt: 5, becomes: 'Preferred' }),
  ],
  ['route', 'gone', /no route to 172\.24\.0\.0\/20/, world => world.routes.pop()],
  ['route', 'on another adapter', /no route to/, world => edit(world.routes.at(-1), { InterfaceIndex: 4 })],
  [
    'route',
    'on another adapter of the network',
    /no route to .* on vEthernet \(nat\)$/,
    world => {
      world.adapters.push({ Name: 'vEthernet (HNS APIPA)', ifIndex: 15, appearsAt: 0 })
      edit(world.routes.at(-1), { InterfaceIndex: 15 })
    },
  ],
  ['firewall', 'gone', /no rule/, world => (world.firewall = [])],
  ['firewall', 'twice', /2 rules/, world => world.firewall.push(agentRule('{2}'))],
  ['firewall', 'disabled', /does not let/, world => edit(world.firewall[0], { Enabled: 'False' })],
  ['firewall', 'blocking', /does not let/, world => edit(world.firewall[0], { Action: 'Block' })],
  ['firewall', 'for another port', /does not let/, world => edit(world.firewall[0], { LocalPort: '51678' })],
  ['portproxy', 'gone', /nothing leads/, world => (world.portproxy = [])],
  [
    'portproxy',
    'to another port',
    /leads to 127\.0\.0\.1:8080/,
    world => edit(world.portproxy[0], { connectport: 8080 }),
  ],
  [
    'portproxy',
    'to another host',
    /leads to 10\.0\.0\.9/,
    world => edit(world.portproxy[0], { connectaddress: '10.0.0.9' }),
  ],
  [
    'portproxy',
    'also for every neighbour',
    /0\.0\.0\.0:8080 leads to 127/,
    world => world.portproxy.push(entry({ listenaddress: '0.0.0.0', listenport: 8080 })),
  ],
  ['portproxy', 'deaf', /does not listen/, world => edit(world.portproxy[0], { bound: null })],
]

const edit = (thing: object | undefined, change: object) => Object.assign(thing ?? {}, change)
const remove = <T>(from: T[], thing: T | undefined) => from.splice(from.indexOf(thing as T), 1)

t.test('settings of Windows', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const scripts = scriptsIn(t.testdir())
  const asked = (setting: Setting, args: readonly string[], world: World) =>
    ask(engine, scripts, setting, args, world)

  for (const variant of ['today', 'older'] as const)
    for (const setting of settings)
      t.test(
        `${setting} holds as ECSTools ${variant === 'today' ? 'of today' : 'of 2017'} leaves it`,
        async t => {
          const tested = await asked(setting, ['-Test'], workingWorld(variant))
          t.match(tested, {
            exitCode: 0,
            answer: { setting: new RegExp(`^${setting}`), holds: true, because: null, done: [] },
          })
          t.ok(tested.answer.state, 'and says how')
        },
      )

  for (const [setting, name, because, spoil] of breaks)
    t.test(`${setting} ${name}: told, repaired, and then left alone`, async t => {
      const world = workingWorld()
      spoil(world)
      const tested = await asked(setting, ['-Test'], world)
      t.match(tested, { exitCode: 2, answer: { holds: false, because, state: null } })
      t.same(tested.world, world, 'a test changes nothing')
      const would = await asked(setting, ['-Set', '-WhatIf'], world)
      t.same(would.world.done, [], '-WhatIf changes nothing')
      const set = await asked(setting, ['-Set'], world)
      t.match(set, { exitCode: 0, answer: { holds: true, because: null }, stderr: '' })
      t.not(set.answer.done.length, 0, 'and says what it did')
      t.match(await asked(setting, ['-Test'], set.world), { exitCode: 0, answer: { holds: true, done: [] } })
      const again = await asked(setting, ['-Set'], set.world)
      t.match(again, { exitCode: 0, answer: { holds: true, done: [] } })
      t.same(again.world, set.world, 'nothing is done twice')
    })

  t.test('whatever is broken together is repaired in one pass', async t => {
    for (let broken = 1; broken < 64; broken++) {
      const world = workingWorld()
      const names = settings.filter((_, at) => (broken & (1 << at)) !== 0)
      for (const name of names) breaks.find(([setting]) => setting === name)?.[3](world)
      const after = await repair(engine, scripts, world)
      const facts = await readFacts(engine, scripts, after)
      const held = settings.filter(name => facts.settings[name]?.holds === true)
      if (held.length !== 6 || !answers(after)) t.match(facts, null, names.join(', '))
    }
    t.pass('63 combinations')
  })

  for (const variant of ['today', 'older'] as const)
    t.test(
      `after a restart of a host set up by ECSTools ${variant === 'today' ? 'of today' : 'of 2017'}`,
      async t => {
        const world = restart(workingWorld(variant))
        const facts = await readFacts(engine, scripts, world)
        t.equal(answers(world), false)
        t.match(facts.settings, {
          ...{ variable: { holds: true }, 'proxy-service': { holds: true }, firewall: { holds: true } },
          ...{ address: { holds: false }, route: { holds: false } },
          portproxy: { holds: false, because: 'it outlived the address it listens on' },
        })
        const after = await repair(engine, scripts, world)
        t.same(after.done, [
          `netsh delete ${credentials}`,
          `New-NetIPAddress ${credentials}/32 21`,
          'New-NetRoute 172.24.0.0/20 21',
          `netsh add ${credentials}`,
        ])
        t.ok(answers(after))
      },
    )

  t.test('a host that nobody set up', async t => {
    const after = await repair(engine, scripts, freshWorld())
    t.ok(answers(after))
    t.same(after.machine, { ECS_ENABLE_TASK_IAM_ROLE: 'true' })
  })

  t.test('what belongs to others stays', async t => {
    const world = freshWorld()
    world.portproxy.push(entry({ listenaddress: '10.0.0.10', listenport: 8080, connectport: 80, bound: 1 }))
    world.firewall.push({ ...agentRule('web'), DisplayName: 'Web', LocalPort: '8080' })
    world.machine['ECS_CLUSTER'] = 'prod'
    const after = await repair(engine, scripts, world)
    t.ok(answers(after))
    t.match(after.portproxy[0], world.portproxy[0])
    t.match(after.firewall[0], world.firewall[0])
    t.equal(after.machine['ECS_CLUSTER'], 'prod')
  })

  for (const name of ['ECS_ENABLE_TASK_ENI', 'ECS_AWSVPC_BLOCK_IMDS'])
    t.test(`${name}, by choice`, async t => {
      const world = workingWorld()
      const tested = await asked('variable', ['-Test', '-Name', name], world)
      t.match(tested, { exitCode: 2, answer: { setting: `variable ${name}`, because: 'not set' } })
      const set = await asked('variable', ['-Set', '-Name', name], world)
      t.same(set.world.machine, { ECS_ENABLE_TASK_IAM_ROLE: 'true', [name]: 'true' })
    })

  t.test('several adapters: the one with the network of docker is taken, whatever its name', async t => {
    const world = freshWorld()
    world.adapters.unshift({ Name: 'vEthernet (nat) "2" $(x); \u00e4', ifIndex: 30, appearsAt: 0 })
    t.match((await asked('address', ['-Set'], world)).world.done, [
      `New-NetIPAddress ${credentials}/32 ${nat}`,
    ])
    edit(world.addresses[1], { InterfaceIndex: 30 })
    const set = await asked('address', ['-Set'], world)
    t.match(set.world.done, [`New-NetIPAddress ${credentials}/32 30`])
    t.equal(set.answer.state, `${credentials}/32 on vEthernet (nat) "2" $(x); \u00e4`)
  })

  t.test('an adapter that comes late is waited for', async t => {
    const world = restart(workingWorld())
    for (const adapter of world.adapters) if (adapter.ifIndex === 21) adapter.appearsAt = 12
    t.match(await asked('address', ['-Set'], world), { exitCode: 0, answer: { holds: true } })
  })
})

/** What the arrow does: looks once, then sets what does not hold, in its order. */
async function repair(engine: Engine, scripts: string, before: World): Promise<World> {
  const facts = await readFacts(engine, scripts, before)
  let world = before
  for (const setting of settings)
    if (facts.settings[setting]?.holds !== true)
      ({ world } = await ask(engine, scripts, setting, ['-Set'], world))
  return world
}
