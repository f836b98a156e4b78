import t from 'tap'
import type { Packet } from '../../src/netfilter/packet.js'
import { iptablesBaseChains, parseIptables } from '../../src/netfilter/parse-iptables.js'
import { parseNftTables } from '../../src/netfilter/parse-nft.js'
import type { BaseChain, Ruleset } from '../../src/netfilter/ruleset.js'
import { walk } from '../../src/netfilter/walk.js'
import { dice, pick, randomLayout, type Dice, type Layout } from './random-layout.js'
import { createRig, sources, surroundings, type From, type Rig } from './rig.js'

const layouts = Number(process.env.TASKFENCE_LAYOUTS ?? 40)
const seed = Number(process.env.TASKFENCE_SEED ?? 1)
const perLayout = 8

const canRun = process.getuid?.() === 0
if (!canRun)
  console.error('SKIPPED: the walk is compared with the real kernel only as root (network namespaces)')

t.test(
  'the walk says of random rulesets what the kernel does',
  { skip: !canRun && 'needs root', timeout: 600_000 },
  async t => {
    const rig = createRig(`tfnf${process.pid}`)
    t.teardown(() => {
      rig.remove()
    })
    let asked = 0
    let unknown = 0
    for (let i = 0; i < layouts; i++) {
      const roll = dice(seed * 100_003 + i)
      const layout = randomLayout(roll)
      const localnet = roll() < 0.7
      for (const name of ['all', 'default', 'docker0', 'br-0a1b', 'ens5'])
        rig.run('sysctl', [
          '-qw',
          `net.ipv4.conf.${name}.route_localnet=${name === 'all' && localnet ? 1 : 0}`,
        ])
      const bridged = roll() < 0.5 ? 1 : 0
      for (const key of ['iptables', 'ip6tables'])
        rig.run('sysctl', ['-qw', `net.bridge.bridge-nf-call-${key}=${bridged}`])
      rig.flush()
      load(rig, layout)
      const ruleset = read(rig, layout)
      for (let n = 0; n < perLayout; n++) {
        const packet = randomPacket(roll)
        const fate = walk(ruleset, packet, surroundings(localnet))
        const real = await rig.probe(packet)
        asked++
        if (fate.fate === 'unknown') unknown++
        const said =
          fate.fate === 'delivered' ? { to: fate.to, address: fate.address, port: fate.port } : null
        if (fate.fate === 'unknown' || JSON.stringify(said) === JSON.stringify(real)) continue
        t.fail(`layout ${i} of seed ${seed}: ${packet.iif ?? 'the host'} to ${packet.destination}`, {
          packet,
          fate,
          real,
          localnet,
          bridged,
          layout,
        })
      }
    }
    t.comment(`${layouts} layouts, ${asked} packets, ${unknown} could not be told`)
    t.ok(unknown < asked / 10, `could not tell ${unknown} of ${asked}`)
  },
)

function load(rig: Rig, layout: Layout): void {
  if (layout.backend !== null) {
    rig.run(`iptables-${layout.backend}-restore`, [], layout.restore.ipv4)
    rig.run(`ip6tables-${layout.backend}-restore`, [], layout.restore.ipv6)
  }
  if (layout.nft !== null) rig.run('nft', ['-f', '-'], layout.nft)
}

function read(rig: Rig, layout: Layout): Ruleset {
  const chains: BaseChain[] = []
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const table of ['raw', 'mangle', 'nat', 'filter'] as const) {
      if (layout.backend === null || !layout.restore[family].includes(`*${table}\n`)) continue
      const file = `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${layout.backend}`
      const text = rig.run(file, ['-t', table, '-S'])
      chains.push(...iptablesBaseChains(parseIptables(text, family, table), layout.backend === 'legacy'))
    }
  }
  if (layout.nft !== null)
    chains.push(
      ...parseNftTables(rig.run('nft', ['-j', 'list', 'table', 'inet', 'dice'])).flatMap(
        table => table.baseChains,
      ),
    )
  return { chains, unread: [] }
}

function randomPacket(roll: Dice): Packet {
  const family = roll() < 0.75 ? 'ipv4' : 'ipv6'
  const iif = pick<From>(roll, ['docker0', 'docker0', 'br-0a1b', 'ens5', null])
  const v4 = [
    '169.254.169.254',
    '169.254.170.2',
    '10.0.0.10',
    '172.17.0.2',
    '10.9.9.9',
    '172.17.0.1',
    '172.18.0.2',
    ...(iif === null ? ['127.0.0.1'] : []),
  ]
  const v6 = ['fd00:ec2::254', 'fd10::10', 'fd17::2', 'fd99::9', ...(iif === null ? ['::1'] : [])]
  const peer = iif === null ? null : sources[iif]
  const destination = pick(
    roll,
    (family === 'ipv4' ? v4 : v6).filter(address => peer?.includes(address) !== true),
  )
  return {
    family,
    protocol: 'tcp',
    source: peer?.[family === 'ipv4' ? 0 : 1] ?? sourceFor(destination),
    destination,
    destinationPort: pick(roll, [80, 80, 22, 51679]),
    iif,
    iifKind: iif === null ? null : iif === 'ens5' ? 'veth' : 'bridge',
    state: 'new',
  }
}

/** What the host's own routing chooses as the sender. */
function sourceFor(destination: string): string {
  if (/^(127\.|::1|10\.0\.0\.10$|172\.1[78]\.0\.1$|fd10::10$)/.test(destination)) return destination
  if (destination.startsWith('172.17.')) return '172.17.0.1'
  if (destination.startsWith('172.18.')) return '172.18.0.1'
  if (destination.startsWith('fd17:')) return 'fd17::1'
  return destination.includes(':') ? 'fd10::10' : '10.0.0.10'
}
