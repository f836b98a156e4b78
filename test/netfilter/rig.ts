import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { resolve } from 'node:path'
import readline from 'node:readline'
import type { Packet, Surroundings } from '../../src/netfilter/packet.js'

/**
 * A host in a network namespace with docker0, a user's bridge and an uplink, a container on each bridge and a neighbour
 * on the uplink. A packet that arrives is noted and dropped behind all other chains, so that none is ever answered.
 */
export interface Rig {
  /** In the host's namespace; its standard output. */
  run(file: string, args: readonly string[], input?: string): string
  /** Sends a SYN; where it arrived on the host ("local" or "forwarded"), and as what. null: nowhere. */
  probe(packet: Packet): Promise<{ to: string; address: string; port: number } | null>
  /** Everything but the probe's own table. */
  flush(): void
  remove(): void
}

export type From = 'docker0' | 'br-0a1b' | 'ens5' | null
export const sources: Readonly<Record<Exclude<From, null>, readonly [string, string]>> = {
  docker0: ['172.17.0.2', 'fd17::2'],
  'br-0a1b': ['172.18.0.2', 'fd18::2'],
  ens5: ['10.0.0.1', 'fd10::1'],
}
const own = ['172.17.0.1', '172.18.0.1', '10.0.0.10', 'fd17::1', 'fd18::1', 'fd10::10']

export const surroundings = (localnet: boolean): Surroundings => ({
  isLocal: address => own.includes(address),
  routeTo(address) {
    if (/^(172\.17\.|fd17:)/.test(address)) return 'docker0'
    return /^(172\.18\.|fd18:)/.test(address) ? 'br-0a1b' : 'ens5'
  },
  routeLocalnet: () => localnet,
  forwards: () => true,
  addressOf: (iif, family) =>
    own.find(address => address.includes(':') === (family === 'ipv6') && sameNet(address, iif)),
})

function sameNet(address: string, iif: string): boolean {
  const [v4, v6] = sources[iif as Exclude<From, null>]
  const net = address.includes(':') ? v6.split('::')[0] : v4.split('.').slice(0, 2).join('.')
  return address.startsWith(net ?? '')
}

export function createRig(name: string): Rig {
  const ns = (of: string) => `${name}-${of}`
  const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' })
  const probers = new Map<string, Prober>()
  const names = ['host', 'docker0', 'br-0a1b', 'ens5']
  const run = (file: string, args: readonly string[], input?: string) =>
    execFileSync('ip', ['netns', 'exec', ns('host'), file, ...args], {
      input: input ?? '',
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  const remove = () => {
    for (const prober of probers.values()) prober.stop()
    for (const of of names) {
      try {
        ip('netns', 'del', ns(of))
      } catch {
        // It was never made.
      }
    }
  }
  try {
    for (const of of names) {
      ip('netns', 'add', ns(of))
      for (const key of ['all', 'default']) {
        sysctl(ns(of), `net.ipv6.conf.${key}.accept_dad=0`)
        sysctl(ns(of), `net.ipv4.conf.${key}.rp_filter=0`)
      }
      ip('-n', ns(of), 'link', 'set', 'lo', 'up')
    }
    sysctl(ns('host'), 'net.ipv4.ip_forward=1')
    sysctl(ns('host'), 'net.ipv6.conf.all.forwarding=1')
    wire(ip, ns, 'docker0', '172.17.0.1/16', 'fd17::1/64')
    wire(ip, ns, 'br-0a1b', '172.18.0.1/16', 'fd18::1/64')
    wire(ip, ns, 'ens5', '10.0.0.10/24', 'fd10::10/64')
    ip('-n', ns('host'), 'route', 'add', 'default', 'via', '10.0.0.1')
    ip('-n', ns('host'), '-6', 'route', 'add', 'default', 'via', 'fd10::1')
    run('nft', ['-f', '-'], noted)
    for (const of of names) probers.set(of, createProber(ns(of)))
  } catch (error) {
    remove()
    throw error
  }
  return {
    run,
    remove,
    flush: () => {
      const tables = run('nft', ['list', 'tables'])
        .split('\n')
        .filter(line => line !== '' && !line.endsWith(' probe'))
      run('nft', ['-f', '-'], tables.map(line => `delete ${line}\n`).join(''))
      for (const file of ['iptables-legacy', 'ip6tables-legacy'])
        run(`${file}-restore`, [], ['raw', 'mangle', 'nat', 'filter'].map(empty).join(''))
    },
    async probe(packet) {
      run('nft', ['-f', '-'], sets.map(set => `flush set inet probe ${set}\n`).join(''))
      await probers.get(packet.iif ?? 'host')?.send(`${packet.destination} ${packet.destinationPort}`)
      for (const wait of [0, 3, 20, 100, 300]) {
        await new Promise(resolve => setTimeout(resolve, wait))
        const seen = readSets(run('nft', ['-j', 'list', 'table', 'inet', 'probe']))
        const [arrived] = [...(seen.get('in') ?? []), ...(seen.get('out') ?? [])]
        if (arrived) return arrived
        // It has entered the host and come to nothing.
        if ((seen.get('start') ?? []).length > 0) return null
      }
      return null
    },
  }
}

const sysctl = (ns: string, setting: string) =>
  execFileSync('ip', ['netns', 'exec', ns, 'sysctl', '-qw', setting], { stdio: 'pipe' })

const hooksOf: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
}
const empty = (table: string) =>
  [`*${table}`, ...(hooksOf[table] ?? []).map(chain => `:${chain} ACCEPT [0:0]`), 'COMMIT', ''].join('\n')

type Ip = (...args: string[]) => unknown

/** A bridge with a container's veth in it, or the veth of the uplink itself. Nobody has to ask for a MAC address. */
function wire(ip: Ip, ns: (of: string) => string, name: string, v4: string, v6: string): void {
  const isBridge = name !== 'ens5'
  const [peer4, peer6] = sources[name as Exclude<From, null>]
  const end = isBridge ? `v-${name}` : name
  if (isBridge) ip('-n', ns('host'), 'link', 'add', name, 'address', '02:00:00:00:00:01', 'type', 'bridge')
  ip('-n', ns('host'), 'link', 'add', end, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns(name))
  if (isBridge) ip('-n', ns('host'), 'link', 'set', end, 'master', name, 'up')
  else ip('-n', ns('host'), 'link', 'set', end, 'address', '02:00:00:00:00:01')
  ip('-n', ns('host'), 'link', 'set', name, 'up')
  ip('-n', ns(name), 'link', 'set', 'eth0', 'address', '02:00:00:00:00:02', 'up')
  for (const [own, peer] of [
    [v4, peer4],
    [v6, peer6],
  ] as const) {
    const [address = '', prefix = ''] = own.split('/')
    const nodad = own.includes(':') ? ['nodad'] : []
    ip('-n', ns('host'), 'addr', 'add', own, 'dev', name, ...nodad)
    ip('-n', ns(name), 'addr', 'add', `${peer}/${prefix}`, 'dev', 'eth0', ...nodad)
    ip('-n', ns(name), 'route', 'add', 'default', 'via', address)
    ip('-n', ns('host'), 'neigh', 'add', peer, 'lladdr', '02:00:00:00:00:02', 'dev', name)
    ip('-n', ns(name), 'neigh', 'add', address, 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0')
  }
}

const sets = ['start4', 'start6', 'in4', 'in6', 'out4', 'out6']
const noting = (set: string, extra = '') =>
  [4, 6]
    .map(
      n =>
        `tcp flags & (syn | ack) == syn ${extra}update @${set}${n} { ip${n === 6 ? '6' : ''} daddr . tcp dport }`,
    )
    .join('\n    ')
const noted = `table inet probe {
  ${sets.map(set => `set ${set} {\n    type ipv${set.slice(-1)}_addr . inet_service\n    flags dynamic\n    size 1000\n  }`).join('\n  ')}
  chain first {
    type filter hook prerouting priority -100000
    ${noting('start')}
  }
  chain made {
    type filter hook output priority -100000
    ${noting('start')}
  }
  chain in {
    type filter hook input priority 100000
    ${noting('in')}
    tcp flags & (syn | ack) == syn drop
  }
  chain out {
    type filter hook postrouting priority 100000
    ${noting('out', 'oifname != "lo" ')}
    oifname != "lo" tcp flags & (syn | ack) == syn drop
  }
}
`

function readSets(json: string): Map<string, { to: string; address: string; port: number }[]> {
  const found = new Map<string, { to: string; address: string; port: number }[]>()
  const { nftables } = JSON.parse(json) as {
    nftables: {
      set?: {
        name: string
        elem?: ({ concat: [string, number] } | { elem: { val: { concat: [string, number] } } })[]
      }
    }[]
  }
  for (const { set } of nftables) {
    if (!set) continue
    const key = set.name.slice(0, -1)
    const list = (set.elem ?? []).map(element => {
      const [address, port] = 'concat' in element ? element.concat : element.elem.val.concat
      return { to: key === 'in' ? 'local' : 'forwarded', address, port }
    })
    found.set(key, [...(found.get(key) ?? []), ...list])
  }
  return found
}

interface Prober {
  send(line: string): Promise<void>
  stop(): void
}

function createProber(ns: string): Prober {
  const file = resolve('test/netfilter/prober.js')
  const child: ChildProcessWithoutNullStreams = spawn('ip', ['netns', 'exec', ns, process.execPath, file], {
    env: { PATH: process.env.PATH ?? '' },
  })
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ready = lines.next()
  return {
    async send(line) {
      await ready
      child.stdin.write(`${line}\n`)
      await lines.next()
    },
    stop: () => child.kill(),
  }
}
