import type { Look } from '../look/look.js'
import type { Proof, TaskMetadataClaim } from '../model/claim.js'
import { CommandError } from '../model/errors.js'
import type { IpFamily } from '../model/facts.js'

/**
 * By the kernel's own answer in the task's network namespace. The agent puts routes of type blackhole there when it
 * starts a task with ECS_AWSVPC_BLOCK_IMDS (amazon-ecs-cni-plugins, amazon-vpc-cni-plugins), and never later.
 */
export async function provenTaskMetadata(claim: TaskMetadataClaim, look: Look): Promise<Proof> {
  const { namespacePid: pid } = claim
  if (pid === null)
    return { holds: null, because: 'the process that holds its network namespace was not told' }
  const namespaceOf = (name: string) => look.host.files.link(`/proc/${name}/ns/net`)
  const ended = { holds: null, because: `process ${pid}, which held its namespace, has ended` } as const
  const [own, theirs] = await Promise.all([namespaceOf('self'), namespaceOf(String(pid))])
  if (theirs === null) return ended
  if (theirs === own)
    return { holds: null, because: `process ${pid} has the host's network, so it is not that of the task` }
  const answers = await routesIn(pid, claim.families, look).catch(async (error: unknown) => {
    if ((await namespaceOf(String(pid))) === null) return null
    throw error
  })
  if (answers === null) return ended
  const open = answers.filter(({ words }) => words === undefined)
  const strange = answers.filter(({ words }) => words !== undefined && closed[words] === undefined)
  if (open.length > 0)
    return {
      holds: false,
      because: `a route leads to ${open.map(({ address }) => address).join(' and ')}: started without ECS_AWSVPC_BLOCK_IMDS, it stays open until it is replaced`,
    }
  if (strange.length > 0)
    return {
      holds: null,
      because: strange.map(({ address, words = '' }) => `${address}: ${words}`).join('; '),
    }
  return {
    holds: true,
    evidence: answers.map(({ address, words = '' }) => `${address}: ${closed[words] ?? ''}`).join('; '),
  }
}

/** What the kernel says to `ip route get` where no packet leaves, by the type of the route (ip-route(8)). */
const closed: Readonly<Record<string, string>> = {
  'Invalid argument': 'blackhole',
  'Permission denied': 'prohibit',
  'No route to host': 'unreachable',
  'Network is unreachable': 'no route',
}

const metadata: Readonly<Record<IpFamily, string>> = { ipv4: '169.254.169.254', ipv6: 'fd00:ec2::254' }

interface Answer {
  readonly address: string
  /** The kernel's refusal; undefined: there is a route. */
  readonly words: string | undefined
}

/** One process a task, whatever the families. */
async function routesIn(pid: number, families: readonly IpFamily[], look: Look): Promise<readonly Answer[]> {
  const addresses = families.map(family => metadata[family])
  const command = {
    file: 'nsenter',
    args: ['--target', String(pid), '--net', 'ip', '-force', '-batch', '-'],
    input: addresses.map(address => `route get ${address}\n`).join(''),
  }
  const result = await look.host.run(command)
  const refusals = new Map(
    [...result.stderr.matchAll(/^RTNETLINK answers: (.*)\nCommand failed -:(\d+)$/gm)].map(
      ([, words = '', line]) => [Number(line), words],
    ),
  )
  const found = result.stdout.split('\n').filter(line => /^\S/.test(line)).length
  if (found + refusals.size !== addresses.length) throw new CommandError(command, result)
  return addresses.map((address, index) => ({ address, words: refusals.get(index + 1) }))
}
