import t from 'tap'
import { reconcile } from '../../src/engine/reconcile.js'
import { reportJson } from '../../src/report/json.js'
import { createLab, type Lab } from '../lab/lab.js'
import { labHost } from '../lab/lab-host.js'
import { placesOf } from '../lab/network.js'
import type { Extra } from '../lab/options.js'
import { mustBeAsPublished } from '../report/schema.js'
import { worldOf } from './lab-world.js'
import { compare, openConnections, type ToldReport } from './reality.js'
import { randomFrom, randomRules } from './random-rules.js'
import { policyOf } from '../fakes/machine.js'

// Random rules, the model's answer and the packets' fate. TASKFENCE_SEED and TASKFENCE_ROUNDS choose others.

const seed = Number(process.env['TASKFENCE_SEED'] ?? 20_260_301)
const rounds = Number(process.env['TASKFENCE_ROUNDS'] ?? 12)

// A lab waits most of its time for what is dropped.
const labs = 3
t.jobs = 2 * labs
t.setTimeout(300_000)

const figures = { compared: 0, unknown: 0 }

for (const [turn, backend] of (['nf_tables', 'legacy'] as const).entries())
  for (let first = 0; first < labs; first++)
    t.test(
      `${rounds} random rulesets, ${backend}, seed ${seed}, from ${first}`,
      { buffered: true },
      async t => {
        t.setTimeout(300_000)
        const extras: Extra[] = first === 1 ? ['answers-through-host'] : []
        const lab = await createLab({
          ...{ backend, docker: 'none' },
          extras: ['credentials-elsewhere', ...extras],
        })
        t.teardown(() => lab.dispose())
        for (let round = first; round < rounds; round += labs) {
          const random = randomFrom(seed + round * 2 + turn)
          await takeNewPorts(lab, round)
          await load(lab, blank, blank)
          const connections = await openConnections(worldOf(lab))
          await lab.must(['sysctl', '-qw', 'net.ipv4.conf.all.route_localnet=1'])
          await load(lab, documented, blank)
          await openConnections(worldOf(lab), connections)
          const [v4, v6] = [randomRules(random, 'ipv4'), randomRules(random, 'ipv6')]
          await load(lab, v4, v6)
          await lab.must(['sysctl', '-qw', `net.ipv4.conf.all.route_localnet=${random() < 0.7 ? 1 : 0}`])
          const { claims } = await look(lab)
          const { compared, unknown, disagreements } = await compare(worldOf(lab), claims, connections, 250)
          figures.compared += compared
          figures.unknown += unknown.length
          if (disagreements.length > 0) t.comment(`${v4}\n${v6}`)
          t.same(disagreements, [], `round ${round}`)
        }
      },
    )

t.test('could not tell', { buffered: false }, async t => {
  const { compared, unknown } = figures
  t.comment(`${compared} packets compared, ${unknown} could not be told`)
  t.ok(unknown < (compared + unknown) / 10, 'under 10 %')
})

// Without a rule that asks for it nothing is tracked, and a connection opened then would be new later on.
const tracked = ['FORWARD', 'INPUT', 'OUTPUT'].map(
  chain => `-A ${chain} -m conntrack --ctdir REPLY -j ACCEPT`,
)
const open = ['INPUT', 'FORWARD', 'OUTPUT'].map(chain => `:${chain} ACCEPT [0:0]`)
const empty = ['raw', 'mangle', 'nat'].flatMap(table => [`*${table}`, 'COMMIT'])
const blank = [...empty, '*filter', ...open, ...tracked, 'COMMIT', ''].join('\n')
const documented = blank.replace(
  '*nat\n',
  '*nat\n-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679\n',
)

/**
 * A connection that rules cut stays known to connection tracking, with its NAT; a later one from the same port is taken
 * for it, whatever the rules say by then.
 */
async function takeNewPorts(lab: Lab, round: number): Promise<void> {
  const first = 32_768 + (Math.floor(round / labs) % 35) * 800
  const poke = {
    op: 'poke',
    path: '/proc/sys/net/ipv4/ip_local_port_range',
    text: `${first} ${first + 799}`,
  } as const
  await Promise.all((['host', ...placesOf(lab.layout)] as const).map(where => lab.agent(where).ask(poke)))
}

async function load(lab: Lab, v4: string, v6: string): Promise<void> {
  await Promise.all([
    lab.must(['iptables-restore'], { input: v4 }),
    lab.must(['ip6tables-restore'], { input: v6 }),
  ])
}

async function look(lab: Lab): Promise<ToldReport> {
  const nothing = () => Promise.reject(new Error('a check writes nothing'))
  const report = await reconcile({ policy: policyOf(), mode: 'check', writeLock: nothing }, labHost(lab))
  const printed = reportJson(report)
  mustBeAsPublished(['check', '--format', 'json'], printed)
  return JSON.parse(printed) as ToldReport
}
