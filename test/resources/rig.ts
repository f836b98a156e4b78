import t, { type Test } from 'tap'
import { detect } from '../../src/detect/index.js'
import type { Host } from '../../src/host/host.js'
import { createLook } from '../../src/look/create-look.js'
import type { Backend, Facts } from '../../src/model/facts.js'
import type { Resource, State } from '../../src/model/resource.js'
import { kindOf } from '../../src/resources/index.js'
import { createLab, type Lab } from '../lab/lab.js'
import { labHost } from '../lab/lab-host.js'
import { missingTools } from '../lab/tools.js'
import type { LabOptions } from '../lab/options.js'

/** A real kernel, and a kind's own verbs on it. */
export interface Rig {
  readonly lab: Lab
  readonly host: Host
  readonly facts: Facts
  /** Every argv that was run by read and write, in order. */
  readonly ran: string[]
  /** By a look of its own. */
  read(resource: Resource, wanted: State): Promise<State>
  write(...writes: readonly (readonly [resource: Resource, state: State])[]): Promise<void>
  /** Everything that stands and may be ours to touch, without figures and handles. */
  listing(): Promise<string>
  /** Puts the foreign rules back and takes everything else away. */
  reset(): Promise<void>
}

export const backends: readonly Backend[] = ['nf_tables', 'legacy']

/** Says loudly why it is skipped where no lab can be made. */
export function inLab(
  name: string,
  options: LabOptions,
  body: (t: Test, rig: Rig) => Promise<unknown>,
): void {
  const missing = missingTools()
  const skip = missing.length > 0 && `NOT TESTED on a real kernel: ${missing.join(', ')} not installed`
  t.test(name, { skip }, async t => {
    const lab = await createLab({ docker: 'none', bridges: ['docker0'], ...options })
    t.teardown(() => lab.dispose())
    const rig = await rigOf(lab)
    await rig.reset()
    await body(t, rig)
  })
}

async function rigOf(lab: Lab): Promise<Rig> {
  const ran: string[] = []
  const inner = labHost(lab)
  const host: Host = {
    ...inner,
    run: command => {
      ran.push([command.file, ...command.args].join(' '))
      return inner.run(command)
    },
  }
  const facts = await detect(inner)
  return {
    lab,
    host,
    facts,
    ran,
    read: (resource, wanted) => kindOf(resource).read(resource, createLook(host, facts), wanted),
    async write(...writes) {
      const [first] = writes
      if (first === undefined) return
      await kindOf(first[0]).write(
        writes.map(([resource, state]) => ({ resource, state })),
        host,
      )
    },
    listing: () => listing(lab),
    reset: () => reset(lab),
  }
}

/** One shell, as every program that enters the lab costs as much as all of these together. */
const listing = (lab: Lab): Promise<string> => lab.must(['sh', '-ec', lists.join('\n')])

const lists = [
  ...['iptables', 'ip6tables'].flatMap(file => [`${file} -t filter -S`, `${file} -t nat -S`]),
  'ip -4 route show table all',
  'cd /proc/sys/net/ipv4/conf && grep . all/route_localnet default/route_localnet docker0/route_localnet',
  'cat /etc/ecs/ecs.config; echo',
  'nft -s list table inet taskfence 2>&1 || true',
  'nft -s list table inet taskfence_host 2>&1 || true',
]

/** Rules of others, with everything that is hard to keep: quotes, an unusual order, chains without rules. */
const foreign = (local: string) =>
  [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD DROP [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':DOCKER-USER - [0:0]',
    ':empty - [0:0]',
    '-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "ssh: it\'s \\"ours\\"" -j ACCEPT',
    `-A INPUT -s ${local} -j ACCEPT`,
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -i docker0 -o docker0 -j ACCEPT',
    '-A DOCKER-USER -p udp -m udp --dport 53 -j RETURN',
    'COMMIT',
    '*nat',
    ':PREROUTING ACCEPT [0:0]',
    ':INPUT ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ':POSTROUTING ACCEPT [0:0]',
    '-A PREROUTING -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80',
    '-A POSTROUTING ! -o docker0 -j MASQUERADE',
    'COMMIT',
    '',
  ].join('\n')

/** Lines of others, with everything that is hard to keep: comments, carriage returns, our key in other clothes, no end. */
const settings = [
  '# theirs\r\nECS_CLUSTER=lab\r\n\r\n#ECS_AWSVPC_BLOCK_IMDS=true\n',
  'ECS_ENABLE_TASK_IAM_ROLE =false\nECS_A=1\nECS_A="\u00e9"',
].join('')

async function reset(lab: Lab): Promise<void> {
  const script = [
    `iptables-restore <<'END'\n${foreign('192.0.2.0/24')}END`,
    `ip6tables-restore <<'END'\n${foreign('2001:db8::/32')}END`,
    'for table in taskfence taskfence_host; do nft delete table inet $table 2>/dev/null || true; done',
    // nft asks for no more of a cgroup than its number, which any folder has.
    'mkdir -p /sys/fs/cgroup/ecstasks.slice/ecstasks-1.slice /sys/fs/cgroup/ecstasks.slice/ecstasks-2.slice',
    'ip route del 169.254.170.2/32 dev lo 2>/dev/null || true',
    'for name in all default docker0; do echo 0 > /proc/sys/net/ipv4/conf/$name/route_localnet; done',
  ]
  await lab.must(['sh', '-ec', script.join('\n')])
  await labHost(lab).files.write('/etc/ecs/ecs.config', settings)
}
