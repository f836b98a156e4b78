import fc from 'fast-check'
import t from 'tap'
import { allowedNetworks, notesOnAllowances } from '../../src/controls/allowances.js'
import { imdsBridge } from '../../src/controls/imds-bridge.js'
import { imdsHost } from '../../src/controls/imds-host.js'
import type { TaskFacts } from '../../src/model/agent-facts.js'
import { ipFamilies, type Facts } from '../../src/model/facts.js'
import type { ImdsAllowance } from '../../src/model/policy.js'
import { platformFor } from '../../src/platforms/index.js'
import { factsOf, networkOf, policyOf, taskOf } from '../fakes/machine.js'
import { claimText } from './words.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const family = (name: string): ImdsAllowance => ({ family: name, reason: 'r' })
const contextOf = (imdsAllow: readonly ImdsAllowance[], given: Partial<Facts>) => {
  const facts = factsOf(given)
  return { facts, policy: policyOf({}, imdsAllow), platform: platformFor(facts.os), mode: 'enforce' } as const
}
const bridged = (id: string, name: string, ...addresses: readonly string[]) =>
  taskOf(id, { family: name, mode: 'bridge', addresses, bridges: ['docker0'] })
const hosted = (id: string, name: string) =>
  taskOf(id, { family: name, mode: 'host', cgroupParent: `ecstasks-${id}.slice` })
const tasks = [
  bridged('a1', 'web', '172.17.0.2', 'fd17::2'),
  bridged('a2', 'web', '172.17.0.3'),
  bridged('b1', 'log', '172.17.0.4'),
  taskOf('c1', { family: 'web', mode: 'awsvpc', addresses: ['10.0.0.77'] }),
  hosted('d1', 'web'),
  hosted('d2', 'log'),
  hosted('d10', 'web'),
]
const cgroups = {
  tree: 'v2',
  tasks: 'ecstasks.slice',
  inside: ['ecstasks-d1.slice', 'ecstasks-d2.slice', 'ecstasks-d10.slice'],
} as const
const network = networkOf(['ens5 ethernet 10.0.0.10/24', 'docker0 bridge 172.17.0.1/16 fd17::1/64'])

t.test('a family is the addresses of its running bridge tasks', async t => {
  const resolved = (name: string) =>
    ipFamilies.map(of => allowedNetworks(contextOf([family(name)], { tasks }), of))
  t.strictSame(resolved('web'), [['172.17.0.2/32', '172.17.0.3/32'], ['fd17::2/128']])
  t.strictSame(resolved('none'), [[], []])
  t.strictSame(resolved('we'), [[], []], 'by its whole name')
})

t.test('in rules: an exception each, which ends with the boot', async t => {
  const desired = imdsBridge.desire(contextOf([family('log')], { tasks, network }))
  const rule = desired.find(
    ({ resource }) => resource.kind === 'fence-rule' && resource.name === 'imds_bridge_ipv4',
  )
  const bare = 'ip daddr 169.254.169.254 counter name "imds_bridge_ipv4" drop'
  t.match(rule, { state: `ip saddr != 172.17.0.4 ${bare}`, atBoot: bare })
  const back = desired.filter(
    ({ resource }) => resource.kind === 'iptables-rule' && resource.target.includes('RETURN'),
  )
  t.match(back, [
    {
      resource: { match: ['-s', '172.17.0.4/32', '-d', '169.254.169.254/32'] },
      state: 'present',
      atBoot: null,
    },
  ])
  const others = desired.filter(each => each !== rule && !back.includes(each))
  t.ok(
    others.every(({ atBoot }) => atBoot === undefined),
    'everything else is at boot as it is now',
  )
})

t.test('the promise is about a sender that nobody allowed anything', async t => {
  const claims = imdsBridge.claims(contextOf([family('web')], { tasks, network })).map(claimText)
  t.strictSame(claims, [
    'ipv4 from docker0 172.17.0.4 to 169.254.169.254:80 dropped',
    'ipv6 from docker0 fd17::3 to fd00:ec2::254:80 dropped',
  ])
})

t.test('in host network mode: by the cgroup of each, and no promise about them', async t => {
  const context = contextOf([family('web')], { tasks, cgroups, network })
  const allowed = imdsHost
    .desire(context)
    .find(({ resource }) => resource.kind === 'fence-rule' && resource.name === 'imds_host_allowed_tasks')
  t.equal(
    allowed?.state,
    'socket cgroupv2 level 2 { "ecstasks.slice/ecstasks-d1.slice", "ecstasks.slice/ecstasks-d10.slice" } counter name "imds_host_allowed_tasks" return',
  )
  const claims = imdsHost.claims(context).map(claimText)
  t.equal(claims.length, 4)
  t.ok(
    claims.every(text => /(any host task|log:3 d2) \(/.test(text)),
    claims.join('\n'),
  )
  const [one] = imdsHost
    .desire(contextOf([family('log')], { tasks, cgroups }))
    .filter(({ resource }) => resource.kind === 'fence-rule' && resource.name === 'imds_host_allowed_tasks')
  t.match(one?.state, /^socket cgroupv2 level 2 "ecstasks.slice\/ecstasks-d2.slice" /)
  const none = imdsHost.desire(contextOf([family('nobody')], { tasks, cgroups }))
  t.ok(
    none.some(
      ({ resource, state }) =>
        resource.kind === 'fence-rule' && resource.name === 'imds_host_allowed_tasks' && state === null,
    ),
    'what stands of it goes when none runs any more',
  )
})

t.test('every report says who that is now', async t => {
  const told = (name: string, given: readonly TaskFacts[] = tasks) =>
    notesOnAllowances(contextOf([family(name)], { tasks: given, cgroups }))
  t.strictSame(told('web'), [
    'allowed by policy to reach the metadata service: tasks of the family web: now web:3 a1 at 172.17.0.2, fd17::2, web:3 a2 at 172.17.0.3, web:3 c1 with a network interface of its own, which only the agent closes, web:3 d1 in host network mode, web:3 d10 in host network mode; one that starts later is closed until the next look (r)',
  ])
  t.match(told('none'), [/: none runs now; one that starts later is closed until the next look \(r\)$/])
  t.match(told('lost', [hosted('ff', 'lost')]), [/lost:3 ff in host network mode, whose cgroup was not told/])
})

t.test('what a family opens is never wider than its tasks', async () => {
  const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255))
  const address = fc.oneof(
    octets.map(parts => parts.join('.')),
    fc.constantFrom('fd17::2', '0.0.0.0/0', '::/0', 'any', '', '10.0.0.1/8', '" accept'),
  )
  const task = fc.record({
    name: fc.constantFrom('web', 'log'),
    mode: fc.constantFrom('bridge', 'host', 'awsvpc', 'none', null),
    addresses: fc.array(address, { maxLength: 3 }),
    cgroupParent: fc.constantFrom('ecstasks-d1.slice', 'ecstasks-d2.slice', '', null, '/', '.slice'),
  })
  fc.assert(
    fc.property(fc.array(task, { maxLength: 5 }), given => {
      const running = given.map(({ name, ...rest }, index) => taskOf(`${index}`, { family: name, ...rest }))
      const context = contextOf([family('web')], { tasks: running, cgroups })
      const own = running.filter(each => each.family === 'web')
      const addresses = own.filter(({ mode }) => mode === 'bridge').flatMap(each => each.addresses)
      for (const of of ipFamilies)
        for (const cidr of allowedNetworks(context, of)) {
          const [, plain, prefix] = /^([\d.]+|[\da-f:]+)\/(32|128)$/.exec(cidr) ?? []
          if (plain === undefined || !addresses.includes(plain)) throw new Error(`opens ${cidr}`)
          if ((prefix === '128') !== (of === 'ipv6')) throw new Error(`${cidr} is no ${of}`)
        }
      const states = imdsHost.desire(context).flatMap(({ state }) => state ?? [])
      const opened = states.flatMap(state =>
        [...state.matchAll(/"(ecstasks\.slice\/[^"]+)"/g)].map(found => found[1]),
      )
      const parents = own
        .filter(({ mode }) => mode === 'host')
        .map(({ cgroupParent }) => `ecstasks.slice/${cgroupParent ?? ''}`)
      for (const path of opened) if (!parents.includes(path ?? '')) throw new Error(`opens ${path ?? ''}`)
    }),
    { numRuns: 500 },
  )
})
