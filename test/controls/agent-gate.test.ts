import t from 'tap'
import { agentGate } from '../../src/controls/agent-gate.js'
import { agentOf, factsOf } from '../fakes/machine.js'

type Feature = Parameters<typeof agentGate>[1]

const agents: readonly (readonly [version: string | null, feature: Feature, reason: RegExp | undefined])[] = [
  ['1.10.0', 'task roles', /^ECS agent 1\.10\.0 is older than 1\.11\.0, the first with task roles$/],
  ['1.11.0', 'task roles', undefined],
  ['1.11.0', 'task roles in host network mode', /1\.12\.0/],
  ['1.12.0', 'task roles in host network mode', undefined],
  ['1.14.5', 'settings for awsvpc tasks', /1\.15\.0/],
  ['1.68.2', 'a block of the IPv6 metadata service for awsvpc tasks', /1\.69\.0/],
  ['1.105.1', 'a block of the IPv6 metadata service for awsvpc tasks', undefined],
  [null, 'task roles', undefined],
]

t.test('an agent that is too old turns a control off, one that tells no version does not', async t => {
  for (const [version, feature, reason] of agents) {
    const agent = agentOf(version ?? '', { version })
    const found = agentGate(factsOf({ agent }), feature)
    if (reason === undefined) t.equal(found, undefined, `${version}: ${feature}`)
    else t.match(found, reason, feature)
  }
  t.equal(agentGate(factsOf(), 'task roles'), undefined, 'no agent yet')
})
