import type { Look } from '../look/look.js'
import type { IpFamily, RuleFacts } from '../model/facts.js'
import type { BaseChain, Rule, Ruleset } from '../netfilter/ruleset.js'
import type { Packet, Surroundings } from '../netfilter/packet.js'
import { walk } from '../netfilter/walk.js'

/** What the rules that stand now say. Rejects when iptables itself could not tell. */
export async function detectRules(look: Look): Promise<RuleFacts> {
  const [ruleset, ipv4, ipv6] = await Promise.all([
    look.ruleset(),
    dockerUser(look, 'ipv4'),
    look.facts.iptables?.families.includes('ipv6') === true
      ? dockerUser(look, 'ipv6')
      : ('no chain' as const),
  ])
  const request = fromTask(look.facts.docker?.defaultBridge ?? 'docker0')
  const inputs = inputsOfOthers(ruleset)
  return {
    dockerUser: { ipv4, ipv6 },
    inputDrops: {
      credentials: isDropped(
        { ...request, destination: '169.254.170.2', destinationPort: 80 },
        { ...inputs, chains: [toAgent, ...inputs.chains] },
      ),
      introspection: isDropped({ ...request, destination: '172.17.0.1', destinationPort: 51678 }, inputs),
    },
    askedByHostTasks: await askedByHostTasks(look, ruleset),
    elsewhere: elsewhere(look, ruleset),
    unread: ruleset.unread,
  }
}

/** A table that stands has been read already, for its chains. */
async function askedByHostTasks(look: Look, ruleset: Ruleset): Promise<RuleFacts['askedByHostTasks']> {
  if (!ruleset.chains.some(chain => chain.table === 'inet taskfence_host')) return []
  const table = await look.nft('inet', 'taskfence_host')
  return [...(table?.counted.get('imds_host_asked') ?? [])].map(([cgroup, packets]) => ({ cgroup, packets }))
}

async function dockerUser(look: Look, family: IpFamily): Promise<RuleFacts['dockerUser']['ipv4']> {
  const table = await look.iptables(family, 'filter')
  if (!table.chains.has('DOCKER-USER')) return 'no chain'
  const jumps = table.chains
    .get('FORWARD')
    ?.lines.some(({ rule }) => rule.action.kind === 'jump' && rule.action.chain === 'DOCKER-USER')
  return jumps === true ? 'jumped' : 'no jump'
}

/** What hooks input, our own rules left out. */
function inputsOfOthers({ chains, unread }: Ruleset): Ruleset {
  const ours = (rule: Rule) => /--comment taskfence-|"taskfence-/.test(rule.text)
  const inputs = chains
    .filter(chain => chain.hook === 'input' && !isFence(chain.table))
    .map((chain): BaseChain => ({ ...chain, rules: chain.rules.filter(rule => !ours(rule)) }))
  return { chains: inputs, unread }
}

/** A packet from Docker's default bridge. null: could not tell. */
function isDropped(packet: Packet, ruleset: Ruleset): boolean | null {
  const { fate } = walk(ruleset, packet, local)
  return fate === 'unknown' ? null : fate === 'dropped'
}

/** Ours, and what the daemon holds beside it. */
const isFence = (table: string): boolean => table.startsWith('inet taskfence')

/** To the agent, as the documented DNAT sends it on. */
const toAgent: BaseChain = {
  table: 'none',
  name: 'none',
  families: ['ipv4'],
  type: 'nat',
  hook: 'prerouting',
  priority: -100,
  policy: 'accept',
  rules: [
    {
      text: 'the documented DNAT',
      conditions: [],
      action: { kind: 'dnat', address: '127.0.0.1', port: 51679 },
    },
  ],
  chains: new Map(),
}

const taskAddress = '172.17.0.2'

const fromTask = (bridge: string) =>
  ({
    family: 'ipv4',
    protocol: 'tcp',
    source: taskAddress,
    iif: bridge,
    iifKind: 'bridge',
    state: 'new',
  }) as const

/** A host that routes everything but the task's own address to itself. */
const local: Surroundings = {
  isLocal: address => address !== taskAddress,
  routeTo: () => null,
  routeLocalnet: () => true,
  forwards: () => true,
}

/** Rules about our addresses that the host's own iptables does not show. */
function elsewhere(look: Look, ruleset: Ruleset): readonly string[] {
  const backend = look.facts.iptables?.backend
  return ruleset.chains
    .filter(chain =>
      chain.table.startsWith('legacy ')
        ? backend === 'nf_tables'
        : backend === 'legacy' && /^ip6? /.test(chain.table),
    )
    .flatMap(chain => [...chain.rules, ...[...chain.chains.values()].flat()].map(rule => ({ chain, rule })))
    .filter(({ rule }) => /169\.254\.(169\.254|170\.2)|fd00:ec2::254/.test(rule.text))
    .map(({ chain, rule }) => `${chain.table}: ${rule.text}`)
    .filter((line, index, lines) => lines.indexOf(line) === index)
}
