import t from 'tap'
import { prove } from '../../src/claims/index.js'
import { createLook } from '../../src/look/create-look.js'
import type { AgentVersionClaim, PacketClaim, Proof } from '../../src/model/claim.js'
import type { Facts } from '../../src/model/facts.js'
import type { Ruleset } from '../../src/netfilter/ruleset.js'
import { iptablesBaseChains, parseIptables } from '../../src/netfilter/parse-iptables.js'
import { fakeHost } from '../fakes/fake-host.js'
import { agentOf, factsOf, networkOf } from '../fakes/machine.js'

const packet: PacketClaim = {
  ...{ kind: 'packet', family: 'ipv4', protocol: 'tcp', port: 51678, fate: 'dropped' },
  ...{ from: '10.0.0.11', to: '10.0.0.10', origin: { kind: 'neighbour', interface: 'ens5' } },
}
const claim = (closed: readonly PacketClaim[] = [packet]): AgentVersionClaim => ({
  kind: 'agent-version',
  weakness: 'CVE-2025-9039',
  fixedIn: '1.97.1',
  closed,
})

const rulesetOf = (...rules: readonly string[]): Ruleset => {
  const text = ['-P INPUT ACCEPT', '-P FORWARD ACCEPT', '-P OUTPUT ACCEPT', ...rules].join('\n')
  return { chains: iptablesBaseChains(parseIptables(`${text}\n`, 'ipv4', 'filter'), false), unread: [] }
}
const guarded = rulesetOf('-A INPUT ! -i lo -p tcp -m tcp --dport 51678 -j DROP')
const network = networkOf(['ens5 ethernet 10.0.0.10/24'])
const proven = (given: Partial<Facts>, ruleset: Ruleset, of = claim()): Promise<Proof> =>
  prove(of, { ...createLook(fakeHost(), factsOf({ network, ...given })), ruleset: async () => ruleset })

const rows: readonly (readonly [
  behaviour: string,
  given: Partial<Facts>,
  ruleset: Ruleset,
  holds: boolean | null,
  words: RegExp,
])[] = [
  ['new enough, and nothing else is asked', { agent: agentOf('1.97.1') }, rulesetOf(), true, /1\.97\.1/],
  ['too old, and closed', { agent: agentOf('1.97.0') }, guarded, true, /1\.97\.0 has CVE-2025-9039; .*DROP/],
  ['too old, and open', { agent: agentOf('1.9.0') }, rulesetOf(), false, /1\.9\.0 has CVE-2025-9039: /],
  [
    'too old, and the rules could not be read',
    { agent: agentOf('1.97.0') },
    { chains: [], unread: ['inet filter'] },
    null,
    /CVE-2025-9039: /,
  ],
  ['no version was told', { agent: agentOf('', { version: null }) }, guarded, null, /nobody told/],
  [
    'the agent did not answer, and its package is new enough: who knows what runs',
    { agent: agentOf('1.105.1'), unknown: { agent: '127.0.0.1:51678 did not answer in 2 s' } },
    guarded,
    null,
    /did not answer in 2 s/,
  ],
]

t.test('the agent has no weakness, or nobody can use it', async t => {
  for (const [behaviour, given, ruleset, holds, words] of rows) {
    const { holds: found, because, evidence } = await proven(given, ruleset)
    t.equal(found, holds, behaviour)
    t.match(because ?? evidence, words, behaviour)
  }
  t.match(
    await proven({ agent: agentOf('1.9.0') }, guarded, claim([])),
    { holds: null },
    'too old, and no interface was told: nothing is known, and it is not green',
  )
})
