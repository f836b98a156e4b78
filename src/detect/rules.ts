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
  return {
    dockerUser: { ipv4, ipv6 },
    inputDropsCredentials: inputDropsCredentials(ruleset),
    elsewhere: elsewhere(look, ruleset),
    unread: ruleset.unread,
  }
}

async function dockerUser(look: Look, family: IpFamily): Promise<RuleFacts['dockerUser']['ipv4']> {
  const table = await look.iptables(family, 'filter')
  if (!table.chains.has('DOCKER-USER')) return 'no chain'
  const jumps = table.chains
    .get('FORWARD')
    ?.lines.some(({ rule }) => rule.action.kind === 'jump' && rule.action.chain === 'DOCKER-USER')
  return jumps === true ? 'jumped' : 'no jump'
}

/** A task's request after its DNAT, walked through what hooks input, our own accept left out. */
function inputDropsCredentials(ruleset: Ruleset): boolean | null {
  const ours = (rule: Rule) => rule.text.includes('--comment taskfence-task-credentials')
  const chains = ruleset.chains.map((chain): BaseChain => ({
    ...chain,
    rules: chain.rules.filter(rule => !ours(rule)),
  }))
  const nat: BaseChain = { ...noChain, hook: 'prerouting', type: 'nat', priority: -100, rules: [toAgent] }
  const inputs = chains.filter(chain => chain.hook === 'input')
  const fate = walk({ chains: [nat, ...inputs], unread: ruleset.unread }, request, loopbackOnly)
  return fate.fate === 'unknown' ? null : fate.fate === 'dropped'
}

const noChain: BaseChain = {
  table: 'none',
  name: 'none',
  families: ['ipv4'],
  type: 'filter',
  hook: 'input',
  priority: 0,
  policy: 'accept',
  rules: [],
  chains: new Map(),
}

const toAgent: Rule = {
  text: 'the documented DNAT',
  conditions: [],
  action: { kind: 'dnat', address: '127.0.0.1', port: 51679 },
}

const request: Packet = {
  family: 'ipv4',
  protocol: 'tcp',
  source: '172.17.0.2',
  destination: '169.254.170.2',
  destinationPort: 80,
  iif: 'docker0',
  iifKind: 'bridge',
  state: 'new',
}

const loopbackOnly: Surroundings = {
  isLocal: address => address === '127.0.0.1',
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
