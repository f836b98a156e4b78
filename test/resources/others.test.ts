import t from 'tap'
import { createLook } from '../../src/look/create-look.js'
import type { Resource } from '../../src/model/resource.js'
import { sysctl } from '../../src/resources/sysctl.js'
import { fakeHost } from '../fakes/fake-host.js'
import { factsOf, networkOf } from '../fakes/machine.js'
import { inLab } from './rig.js'

const key = (name: string) => ({ kind: 'sysctl', key: `net.ipv4.conf.${name}.route_localnet` }) as const
const all = key('all')

// all, default, then one figure a bridge.
const effective: readonly (readonly [figures: string, links: readonly string[], read: string])[] = [
  ['1 0 0', ['br0 bridge'], '1'],
  ['1 0', [], '1'],
  ['0 1 1', ['br0 bridge'], '1'],
  ['0 1 0', ['br0 bridge'], '0'],
  ['0 0 1', ['br0 bridge'], '0'],
  ['0 1 1 0', ['br0 bridge', 'br1 bridge'], '0'],
  ['0 1 1 1', ['br0 bridge', 'br1 bridge'], '1'],
  ['0 1', ['br0 bridge'], '0'],
  ['0 1', ['ens5'], '1'],
  ['0 1', [], '1'],
]

const confOf = (figures: string) =>
  Object.fromEntries(
    figures
      .split(' ')
      .map((figure, index) => [
        `/proc/sys/net/ipv4/conf/${['all', 'default', 'br0', 'br1'][index] ?? ''}/route_localnet`,
        `${figure}\n`,
      ]),
  )

t.test('all OR its own: in sync means for live and for future bridges', async t => {
  for (const [figures, links, read] of effective) {
    const look = createLook(fakeHost({ files: confOf(figures) }), factsOf({ network: networkOf(links) }))
    t.equal(
      await sysctl.read(all, look, '1'),
      read,
      `all, default, bridges ${figures}; ${links.join(', ') || 'no links'}`,
    )
  }
  const look = createLook(fakeHost({ files: confOf('0 1') }), factsOf({ network: null }))
  t.equal(await sysctl.read(all, look, '1'), '0', 'bridges that could not be told count as there')
  const single = createLook(fakeHost({ files: confOf('1 1 0') }), factsOf())
  t.equal(await sysctl.read(key('br0'), single, '1'), '0', 'only "all" is told by the others')
})

t.test('what a key is called and what stands in it', async t => {
  const files = {
    '/proc/sys/net/ipv4/conf/eth0.100/route_localnet': '0\n',
    '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
  }
  const look = createLook(fakeHost({ files }), factsOf())
  t.equal(await sysctl.read(key('eth0/100'), look, '1'), '0', '"/" stands for a "." in a name')
  t.equal(
    await sysctl.read({ kind: 'sysctl', key: 'net.ipv4.ip_local_port_range' }, look, null),
    '32768\t60999',
  )
  t.equal(await sysctl.read(key('none'), look, '1'), null, 'no such key')
})

t.test('a write that the kernel does not keep is an error', async t => {
  const host = fakeHost({ files: confOf('0') })
  const deaf = { ...host, files: { ...host.files, poke: async () => undefined } }
  await t.rejects(sysctl.write([{ resource: all, state: '1' }], deaf), { code: 'E_VERIFY' })
  await t.rejects(
    sysctl.write([{ resource: key('none'), state: '1' }], host),
    { code: 'E_FILE' },
    'no such key',
  )
})

inLab('sysctls of a real kernel', {}, async (t, rig) => {
  for (const [values, state] of [
    ['0 0 0', '0'],
    ['0 1 1', '1'],
    ['0 1 0', '0'],
    ['1 0 0', '1'],
  ] as const) {
    const [first = '', second = '', third = ''] = values.split(' ')
    const set = { all: first, default: second, docker0: third }
    for (const [name, figure] of Object.entries(set))
      await rig.host.files.poke(`/proc/sys/net/ipv4/conf/${name}/route_localnet`, figure)
    t.equal(await rig.read(all, '1'), state, `all, default, docker0 = ${values}`)
  }
})

inLab('a host route', {}, async (t, rig) => {
  const route: Resource = { kind: 'route', destination: '169.254.170.2/32', device: 'lo' }
  const ip = (...args: readonly string[]) => rig.lab.must(['ip', ...args])
  await ip('route', 'add', '169.254.170.2/32', 'dev', 'docker0')
  t.equal(await rig.read(route, 'present'), null, 'one by another device is another route')
  await ip('route', 'del', '169.254.170.2/32')
  await ip('route', 'add', '169.254.170.2', 'dev', 'lo')
  t.equal(await rig.read(route, 'present'), 'present', "ecs-init's own is the same one")
  await rig.write([route, 'present'])
  t.equal((await ip('route', 'show', '169.254.170.2')).trim().split('\n').length, 1, 'once')
  await ip('route', 'replace', '169.254.0.0/16', 'dev', 'lo')
  await rig.write([route, null])
  t.equal(await rig.read(route, 'present'), null, 'a wider route is not it')
})

inLab('a chain of others', {}, async (t, rig) => {
  const chain: Resource = { kind: 'iptables-chain', family: 'ipv4', table: 'filter', chain: 'DOCKER-USER' }
  t.equal(await rig.read(chain, 'present'), 'present')
  const before = await rig.listing()
  await rig.write([chain, 'present'])
  t.equal(await rig.listing(), before, 'what is in it stays')
  const made: Resource = { ...chain, chain: 'MADE' }
  await Promise.all([rig.write([made, 'present']), rig.write([made, 'present'])])
  t.equal(await rig.read(made, 'present'), 'present', 'two that make it at once both succeed')
  await t.rejects(rig.write([{ ...chain, chain: 'a'.repeat(60) }, 'present']), { code: 'E_COMMAND' })
})

inLab('looking makes nothing', { backend: 'legacy' }, async (t, rig) => {
  // The rules of others are in filter and nat.
  const names = () => rig.lab.must(['cat', '/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'])
  const before = [await names(), await rig.listing()]
  for (const table of ['raw', 'mangle', 'security'] as const)
    for (const family of ['ipv4', 'ipv6'] as const) {
      const rule: Resource = {
        kind: 'iptables-rule',
        family,
        table,
        chain: 'OUTPUT',
        position: 'head',
        match: [],
        target: ['-j', 'DROP'],
        tag: 'taskfence-law',
      }
      t.equal(await rig.read(rule, 'present'), null, `${family} ${table}`)
    }
  await createLook(rig.host, rig.facts).ruleset()
  t.same([await names(), await rig.listing()], before, 'no table was made')
})
