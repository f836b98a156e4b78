import { readFileSync } from 'node:fs'
import type { Dockerd } from './dockerd.js'
import { agentImage, orders, startAgentOfEcsInit, type AgentOrders } from './ecs-agent-program.js'
import { ecsService, type EcsService } from './ecs-service.js'
import { image } from './image.js'
import type { Lab } from './lab.js'
import { programOf } from './program.js'
import { credentialsEndpoint, introspectionEndpoint } from './stand-ins.js'
import { settableUnit, startSystemd, type SettableUnit, type Systemd } from './systemd.js'

/** ecs-init and the agent on a lab's host that has no agent yet (extra: 'no-agent'), with a systemctl that knows them. */
export interface EcsInit {
  readonly ecs: EcsService
  readonly docker: SettableUnit
  /** Active when nobody says else; "activating" as long as user data runs. */
  readonly cloudFinal: SettableUnit
  readonly systemd: Systemd
  /** Commands of ecs-init that worked, in their order, as it ran them. */
  commands(): Promise<readonly string[]>
  /** How the agent behaves from its next start on. */
  order(orders: Omit<AgentOrders, 'servers'>): Promise<void>
}

export interface EcsInitOptions {
  /** Where a real engine runs the agent is a container of it. */
  readonly dockerd?: Dockerd
  /** RestartSec=, in milliseconds. */
  readonly restartMs?: number
}

const log = '/run/lab/ecs-init.log'
const servers = { 51678: introspectionEndpoint, 51679: credentialsEndpoint }

/** What the package of ecs-init brings to a host, by its path; and what the agent is ordered to do. */
export const ecsInitFiles = (): Readonly<Record<string, string>> => ({
  '/usr/libexec/amazon-ecs-init': readFileSync('test/lab/ecs-init.sh', 'utf8'),
  '/usr/libexec/amazon-ecs-agent.cjs': `#!${process.execPath}\n${programOf(startAgentOfEcsInit)}`,
  [orders]: JSON.stringify({ servers }),
})

export async function installEcsInit(
  lab: Lab,
  { dockerd, restartMs }: EcsInitOptions = {},
): Promise<EcsInit> {
  await lab.must(['sh', '-c', overlay])
  const write = (path: string, text: string) =>
    lab.agent('host').ask({ op: 'write', path, text, mode: 0o755 })
  for (const [path, text] of Object.entries(ecsInitFiles())) await write(path, text)
  await dockerd?.docker('tag', image, agentImage)

  const docker = settableUnit(
    'active',
    dockerd && { start: () => dockerd.start(), stop: () => dockerd.stop() },
  )
  const cloudFinal = settableUnit('active')
  const ecs = ecsService(lab, {
    docker,
    after: cloudFinal,
    ...(restartMs === undefined ? {} : { restartMs }),
  })
  const systemd = await startSystemd(lab, {
    units: { 'ecs.service': ecs, 'docker.service': docker, 'cloud-final.service': cloudFinal },
    partOf: { 'ecs.service': 'docker.service' },
  })
  const commands = async () => {
    const text = (await lab.agent('host').ask({ op: 'read', path: log })) as string | null
    return (text ?? '').split('\n').filter(line => line !== '')
  }
  const order = async (given: Omit<AgentOrders, 'servers'>) => {
    await write(orders, JSON.stringify({ servers, ...given }))
  }
  return { ecs, docker, cloudFinal, systemd, commands, order }
}

/** /usr is read-only in a lab. */
const overlay = [
  'mkdir -p /run/lab/libexec/upper /run/lab/libexec/work',
  'mount -t overlay overlay -o lowerdir=/usr/libexec,upperdir=/run/lab/libexec/upper,workdir=/run/lab/libexec/work /usr/libexec',
].join('\n')
