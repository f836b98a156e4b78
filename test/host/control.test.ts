import t from 'tap'
import { createLab, type Where } from '../lab/lab.js'
import { bridgeNames, customBridge, userBridge } from '../lab/options.js'

// Each control by the packets it is about: what they do before, and once it alone is applied.

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const metadata6 = 'http://[fd00:ec2::254]/latest/meta-data/instance-id'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'
const loopback = 'http://127.0.0.1:51679/v2/credentials'
const introspection = (address: string) => `http://${address}:51678/v1/metadata`

interface Case {
  readonly control: string
  /** Others that it needs to show anything. */
  readonly with?: readonly string[]
  readonly packets: readonly (readonly [where: Where, url: string, before: string, after: string])[]
}

const tasks = ['docker0', userBridge, customBridge, 'ecs-bridge'] as const
const ok = 'answered 200'
const cut = 'timed out'

const cases: readonly Case[] = [
  {
    control: 'imds-bridge',
    packets: [
      ...tasks.flatMap(where => [metadata, metadata6].map(url => [where, url, ok, cut] as const)),
      ['host', metadata, ok, ok],
      ['host', metadata6, ok, ok],
    ],
  },
  {
    control: 'task-credentials',
    with: ['route-localnet'],
    packets: [...tasks, 'host' as const].map(where => [where, credentials, cut, ok] as const),
  },
  {
    control: 'credentials-guard',
    with: ['route-localnet', 'task-credentials'],
    packets: [
      ['neighbour', credentials, ok, cut],
      ['second-neighbour', credentials, ok, cut],
      ['machine', credentials, ok, cut],
      ...[...tasks, 'host' as const].map(where => [where, credentials, ok, ok] as const),
    ],
  },
  {
    control: 'loopback-guard',
    with: ['route-localnet', 'task-credentials'],
    packets: [
      ['neighbour', loopback, 'answered 400', cut],
      ['second-neighbour', loopback, 'answered 400', cut],
      ['host', loopback, 'answered 400', 'answered 400'],
      ['docker0', credentials, ok, ok],
    ],
  },
  {
    control: 'introspection-guard',
    packets: [
      ['neighbour', introspection('10.0.0.10'), ok, cut],
      ['neighbour', introspection('[fd10::10]'), ok, cut],
      ['second-neighbour', introspection('10.1.0.10'), ok, cut],
      [userBridge, introspection('172.18.0.1'), ok, cut],
      ['docker0', introspection('172.17.0.1'), ok, ok],
      ['host', introspection('127.0.0.1'), ok, ok],
    ],
  },
]

for (const backend of ['nf_tables', 'legacy'] as const)
  for (const nft of [true, false])
    for (const { control, with: needs = [], packets } of cases)
      t.test(`${control}, ${backend}, ${nft ? 'with the fence' : 'without nft'}`, async t => {
        const lab = await createLab({
          backend,
          docker: backend === 'legacy' ? 'docker28' : 'none',
          bridges: bridgeNames,
          extras: ['second-nic', 'bridged-uplink', ...(nft ? [] : (['no-nft'] as const))],
        })
        t.teardown(() => lab.dispose())
        // Docker 28 forwards nothing for a bridge that is not its own.
        const fair = packets.filter(
          ([where]) => backend === 'nf_tables' || where !== 'ecs-bridge' || control !== 'imds-bridge',
        )
        const apply = (ids: readonly string[]) =>
          lab.taskfence(['apply', ...ids.flatMap(id => ['--only', id])])
        if (needs.length > 0) t.equal((await apply(needs)).exitCode, 0)
        const ask = () => Promise.all(fair.map(([where, url]) => lab.http(where, url)))
        const asked = ([where, url]: readonly [Where, string, string, string], answer: string | undefined) =>
          `${where} GET ${url}: ${answer ?? ''}`
        const before = await ask()
        t.same(
          fair.map((packet, index) => asked(packet, before[index])),
          fair.map(packet => asked(packet, packet[2])),
          'before',
        )
        const applied = await apply([...needs, control])
        t.equal(
          applied.exitCode,
          0,
          `applied${applied.exitCode === 0 ? '' : applied.stdout + applied.stderr}`,
        )
        const after = await ask()
        // Without nft the literal rule names docker+ alone, and nothing can tell a bridge by its kind.
        const literal = (packet: readonly [Where, string, string, string]) =>
          !nft && (control === 'credentials-guard' || (control === 'imds-bridge' && packet[0] !== 'docker0'))
        const judged = fair
          .map((packet, index) => [packet, after[index]] as const)
          .filter(([packet]) => !literal(packet))
        t.same(
          judged.map(([packet, answer]) => asked(packet, answer)),
          judged.map(([packet]) => asked(packet, packet[3])),
          'after',
        )
      })
