import { metadata } from '../lab/addresses.js'
import { startAgent, type Agent } from '../lab/agent.js'
import { ownCgroups } from '../lab/cgroups.js'
import type { Engine } from '../lab/container.js'
import { execute, mustExecute, type ExecOptions, type ExecResult } from '../lab/execute.js'
import type { HttpOptions } from '../lab/lab.js'
import { openBranch, openNamespace } from '../lab/namespaces.js'
import { asPublished } from '../lab/published.js'
import { metadataService } from '../lab/stand-ins.js'
import { diskPath, enable, install, mountLines, place } from './disk.js'
import { connectVpc, networkFiles } from './network.js'
import { powerOf, type Power } from './power.js'
import type { RootName } from './roots.js'

export interface MachineOptions {
  readonly root: RootName
  /** Files that stand there before the first boot, by their path; a program begins with "#!". */
  readonly files?: Readonly<Record<string, string>>
  /** Units that the first boot starts, beside what the root brings. */
  readonly units?: readonly string[]
  /** taskfence is in /usr, as `make install` puts it there. Otherwise it stands in /opt/taskfence alone. */
  readonly installed?: boolean
}

/** A host that systemd has booted, with cgroup v2, in a VPC with a metadata service and a neighbour. */
export interface Machine extends Engine {
  /** Any exit code is an answer; the machine must be up. */
  run(argv: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** What it prints; rejects for any exit code but 0. */
  must(argv: readonly string[], options?: ExecOptions): Promise<string>
  /** The argv that runs a program of the machine from here. */
  enter(argv: readonly string[]): readonly string[]
  /** The built program of this tree. */
  taskfence(args: readonly string[], options?: ExecOptions): Promise<ExecResult>
  /** As Lab.http, from the machine itself. */
  http(url: string, options?: HttpOptions): Promise<string>
  /** A program of this machine, with the machine's disk at `diskPath`; also while it is off. */
  beside(argv: readonly string[]): Promise<ExecResult>
  /** On its disk, also while it is off. Not in /run. */
  write(path: string, text: string): void
  /** The VPC: its servers remember each request they answered, over all reboots (op: 'served'). */
  readonly vpc: Agent
  readonly neighbour: Agent
  /** In order: services are stopped. Resolves once it is up again. */
  reboot(): Promise<void>
  /** As the power fails: nothing is stopped, nothing is written back. */
  kill(): Promise<void>
  /** After kill, or when it has switched itself off. */
  boot(): Promise<void>
  /** Nothing of it is left. */
  stop(): Promise<void>
}

export async function bootMachine({
  root,
  files = {},
  units = [],
  installed = false,
}: MachineOptions): Promise<Machine> {
  const cgroups = ownCgroups('v2')
  const base = await openBranch(mountLines(root, cgroups.mounts), cgroups)
  const agents: Agent[] = []
  const agentIn = (enter: (argv: readonly string[]) => readonly string[]): Agent => {
    const agent = startAgent(enter)
    agents.push(agent)
    return agent
  }
  const stop = async () => {
    for (const agent of agents) agent.stop()
    await base.stop()
  }
  try {
    const disk = `/proc/${base.pid}/root${diskPath}`
    for (const [path, text] of Object.entries({ ...networkFiles, ...files })) place(disk, path, text)
    for (const unit of ['systemd-networkd.service', ...units]) enable(disk, unit)
    if (installed) await install(disk)
    const beside = await openNamespace(base)
    await connectVpc(base, beside)
    const vpc = agentIn(argv => base.enterNetwork(argv))
    const neighbour = agentIn(argv => base.enterNetwork(argv, beside))
    for (const host of [metadata.ipv4, metadata.ipv6])
      await vpc.ask({ op: 'serve', listen: { host, port: 80 }, answers: metadataService })
    const power = powerOf(base)
    await power.boot()
    return {
      ...machineOf(power, disk, agentIn),
      beside: argv => execute(base.enter(argv)),
      vpc,
      neighbour,
      stop: () => beside.stop().then(stop),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function machineOf(
  power: Power,
  disk: string,
  agentIn: (enter: (argv: readonly string[]) => readonly string[]) => Agent,
): Omit<Machine, 'beside' | 'vpc' | 'neighbour' | 'stop'> {
  const withEnv = (argv: readonly string[], { env = {} }: ExecOptions) =>
    power.enter([
      ...Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      ...argv,
    ])
  const run: Machine['run'] = (argv, given = {}) => execute(withEnv(argv, given), given)
  const must: Machine['must'] = (argv, given = {}) => mustExecute(withEnv(argv, given), given)
  // One for each boot: it ends with the machine.
  const own = new Map<number, Agent>()
  const agent = (): Agent => {
    const first = power.first()
    const found = own.get(first) ?? agentIn(power.enter)
    own.set(first, found)
    return found
  }
  return {
    run,
    must,
    enter: power.enter,
    taskfence: async (args, given) =>
      asPublished(args, await run([process.execPath, '/opt/taskfence/taskfence.js', ...args], given)),
    docker: async (...args) => (await must(['docker', ...args])).trim(),
    path: path => `/proc/${power.first()}/root${path}`,
    http: async (url, { timeoutMs = 500, ...rest } = {}) => {
      const { fate, status } = await agent().ask({ op: 'http', url, timeoutMs, ...rest })
      return status === undefined ? fate : `${fate} ${status}`
    },
    write: (path, text) => {
      place(disk, path, text)
    },
    reboot: power.reboot,
    kill: power.kill,
    boot: power.boot,
  }
}
