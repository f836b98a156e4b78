import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { whyNoCgroups } from '../lab/cgroups.js'
import { startDockerd, whyNoDockerd, type Dockerd } from '../lab/dockerd.js'
import { createLab, labEnv, type Lab } from '../lab/lab.js'
import type { LabOptions } from '../lab/options.js'

// Each trigger alone, the others off: what it tells of leads to a look that repairs.

const rule = ['DOCKER-USER', '-d', '169.254.169.254/32', '-i', 'docker+', '-m', 'comment']
const drop = [...rule, '--comment', 'taskfence-imds-bridge', '-j', 'DROP']
const key = '/proc/sys/net/ipv4/conf/all/route_localnet'
const slice = '/sys/fs/cgroup/ecstasks.slice'

const undo = (lab: Lab) => lab.must(['iptables', '-D', ...drop])
const flip = (lab: Lab) => lab.must(['tee', key], { input: '0\n' })

interface Case {
  readonly name: string
  readonly trigger: string
  readonly lab?: LabOptions
  /** What the host has before taskfence comes. */
  readonly before?: (lab: Lab) => Promise<unknown>
  /** Left out: `apply` has run when the daemon begins. */
  readonly applies?: false
  /** What happens; the last step is what the trigger tells of. */
  readonly happens: readonly ((lab: Lab) => Promise<unknown>)[]
  readonly repairs: RegExp
  readonly skip?: string | undefined
}

const withDocker = (name: string, happens: (dockerd: Dockerd) => Promise<unknown>): Case => {
  let dockerd: Dockerd | undefined
  return {
    name,
    trigger: '^docker-events$',
    lab: { bridges: [], docker: 'none', cgroups: 'hybrid' },
    skip: whyNoDockerd() ?? whyNoCgroups('hybrid'),
    before: async lab => {
      // No container of the agent runs in this engine.
      await lab.write(
        '/etc/taskfence/policy.json',
        '{"controls":{"imds-awsvpc":"off","agent-task-roles":"off"}}',
      )
      dockerd = await startDockerd(lab)
    },
    happens: [undo, async () => dockerd && happens(dockerd)],
    repairs: /DOCKER-USER/,
  }
}

const cases: readonly Case[] = [
  { name: 'a rule deleted', trigger: '^nft-monitor$', happens: [undo], repairs: /DOCKER-USER/ },
  {
    name: 'a kernel setting',
    trigger: 'conf/all/route_localnet$',
    happens: [flip],
    repairs: /route_localnet/,
  },
  {
    name: 'a kernel setting whose cache was dropped',
    trigger: 'conf/all/route_localnet$',
    happens: [flip, settled, lab => lab.exec(['tee', '/proc/sys/vm/drop_caches'], { input: '2\n' }), flip],
    repairs: /route_localnet/,
  },
  {
    name: 'a file of ours gone',
    trigger: '/etc/taskfence$',
    happens: [lab => lab.must(['rm', '/etc/taskfence/fence.nft'])],
    repairs: /fence\.nft/,
  },
  {
    name: 'a file of ours gone from a folder that the daemon itself made',
    trigger: '/etc/taskfence$',
    applies: false,
    happens: [lab => lab.must(['rm', '/etc/taskfence/fence.nft'])],
    repairs: /fence\.nft/,
  },
  {
    name: 'a unit of ours not started at boot any more',
    trigger: 'watch /etc/systemd/system/multi-user.target.wants$',
    happens: [lab => lab.must(['rm', '/etc/systemd/system/multi-user.target.wants/taskfence.service'])],
    repairs: /taskfence\.service/,
  },
  {
    name: "the agent's settings written anew, twice",
    trigger: '/etc/ecs$',
    happens: [
      lab => lab.write('/etc/ecs/ecs.config', 'ECS_CLUSTER=lab\n'),
      settled,
      lab => lab.write('/etc/ecs/ecs.config', 'ECS_CLUSTER=lab\n'),
    ],
    repairs: /ECS_/,
  },
  {
    name: 'a bridge made',
    trigger: '^link-monitor$',
    happens: [undo, lab => lab.must(['ip', 'link', 'add', 'br-later', 'type', 'bridge'])],
    repairs: /DOCKER-USER/,
  },
  withDocker('a network made', dockerd => dockerd.docker('network', 'create', 'later')),
  withDocker('the end of Docker', dockerd => dockerd.stop('KILL')),
  { name: 'time', trigger: '^schedule$', happens: [undo], repairs: /DOCKER-USER/ },
  {
    name: 'the first task, and the next one after the slice was made anew',
    trigger: '^watch tasks in ecstasks',
    lab: { cgroups: 'v2' },
    skip: whyNoCgroups('v2'),
    happens: [
      lab => lab.must(['mkdir', '-p', `${slice}/ecstasks-1`]),
      settled,
      lab => lab.must(['rmdir', `${slice}/ecstasks-1`, slice]),
      settled,
      lab => lab.must(['mkdir', slice]),
      settled,
      undo,
      lab => lab.must(['mkdir', `${slice}/ecstasks-2`]),
    ],
    repairs: /DOCKER-USER/,
  },
  {
    name: 'a task after the slice was made anew at once',
    trigger: '^watch tasks in ecstasks',
    lab: { cgroups: 'v2' },
    skip: whyNoCgroups('v2'),
    happens: [
      lab => lab.must(['mkdir', slice]),
      settled,
      lab => lab.must(['sh', '-c', `rmdir ${slice} && mkdir ${slice}`]),
      settled,
      undo,
      lab => lab.must(['mkdir', `${slice}/ecstasks-1`]),
    ],
    repairs: /DOCKER-USER/,
  },
  {
    name: 'a rule of legacy iptables deleted',
    trigger: '^legacy-poll ipv4$',
    lab: { backend: 'legacy' },
    happens: [undo],
    repairs: /DOCKER-USER/,
  },
]

t.jobs = 3
for (const { name, trigger, lab: options, before, applies, happens, repairs, skip } of cases)
  t.test(name, { skip: skip ?? false, buffered: true }, async t => {
    const lab = await createLab(options)
    t.teardown(() => lab.dispose())
    await before?.(lab)
    if (applies !== false) t.equal((await lab.taskfence(['apply'])).exitCode, 0)
    const repaired = await watchWith(t, lab, trigger)
    for (const step of happens) await step(lab)
    t.match(await repaired(repairs), repairs)
  })

function settled(): Promise<unknown> {
  return new Promise(resolve => setTimeout(resolve, 600))
}

/** Begins to watch. Answers, of a pattern, the repaired entry that matches it and comes from now on. */
async function watchWith(t: Test, lab: Lab, trigger: string) {
  const [file = '', ...args] = lab.enter([process.execPath, resolve('dist/dev/one-trigger.js'), trigger])
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env: labEnv })
  t.teardown(() => child.kill('SIGKILL'))
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', line => lines.push(line))
  const until = async (holds: () => boolean) => {
    const end = Date.now() + 10_000
    while (!holds()) {
      if (Date.now() > end) throw new Error(`not in 10 s; looks:\n${lines.join('\n')}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
  await until(() => lines.length > 0)
  // Looks that its begin asks for: nft monitor loads all rules before it listens.
  await new Promise(resolve => setTimeout(resolve, trigger.includes('nft') ? 1800 : 500))
  const from = lines.length
  return async (pattern: RegExp) => {
    const entry = () =>
      lines
        .slice(from)
        .flatMap(line => (JSON.parse(line) as { readonly drifts: readonly string[] }).drifts)
        .findLast(id => pattern.test(id))
    await until(() => entry() !== undefined)
    return entry() ?? ''
  }
}
