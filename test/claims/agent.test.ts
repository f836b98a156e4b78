import t from 'tap'
import { prove } from '../../src/claims/index.js'
import { createLook } from '../../src/look/create-look.js'
import type { AgentFacts, AgentSetting } from '../../src/model/agent-facts.js'
import type { AgentSettingClaim, Proof } from '../../src/model/claim.js'
import type { Facts } from '../../src/model/facts.js'
import { fakeHost } from '../fakes/fake-host.js'
import { agentConfigOf, agentOf, factsOf } from '../fakes/machine.js'

const name = 'ECS_AWSVPC_BLOCK_IMDS'
const path = '/etc/ecs/ecs.config'

const host = (setting: Partial<AgentSetting>, agent: Partial<AgentFacts> = {}): Partial<Facts> => ({
  agent: agentOf('1.105.1', agent),
  agentConfig: agentConfigOf({ settings: [{ name, value: null, source: 'default', ...setting }] }),
})
const proven = (claim: Parameters<typeof prove>[0], facts: Partial<Facts>): Promise<Proof> =>
  prove(claim, createLook(fakeHost(), factsOf(facts)))

const settings: readonly (readonly [
  agent: AgentSettingClaim['agent'],
  facts: Partial<Facts>,
  holds: boolean | null,
  why: RegExp,
])[] = [
  ['running', host({ running: 'true' }), true, /ECS_AWSVPC_BLOCK_IMDS=true/],
  ['running', host({ running: ' 1' }), true, /= 1/],
  ['running', host({ running: 'true', value: 'false', source: path }), true, /=true/],
  ['running', host({ running: null }), false, /^nothing sets ECS_AWSVPC_BLOCK_IMDS$/],
  [
    'running',
    host({ running: '"true"', value: '"true"', source: path }),
    false,
    /^\/etc\/ecs\/ecs\.config says ECS_AWSVPC_BLOCK_IMDS="true"$/,
  ],
  [
    'running',
    host({ running: null }, { runsAs: 'container', unit: null }),
    false,
    /`docker run` needs `--env ECS_AWSVPC_BLOCK_IMDS=true`$/,
  ],
  [
    'running',
    host({ running: '"true"' }, { runsAs: 'container', unit: null }),
    false,
    /made with ECS_AWSVPC_BLOCK_IMDS="true": `docker run` needs/,
  ],
  ['running', host({}), null, /settings of the running agent were not told/],
  ['running', { ...host({}), unknown: { docker: 'it hangs' } }, null, /it hangs/],
  ['running', { agentConfig: null, unknown: { agentConfig: 'EIO' } }, null, /EIO/],
  ['running', {}, null, /not told/],
  ['next', host({ value: 'true', source: path, running: null }), true, /^\/etc\/ecs\/ecs\.config: ECS_/],
  ['next', host({}), false, /^nothing sets/],
  ['next', host({ value: 'yes', source: path }), false, /says ECS_AWSVPC_BLOCK_IMDS=yes$/],
]

t.test('a switch of the agent', async t => {
  for (const [agent, facts, holds, why] of settings) {
    const proof = await proven({ kind: 'agent-setting', name, agent }, facts)
    t.equal(proof.holds, holds, `${agent}: ${why}`)
    t.match(proof.because ?? proof.evidence, why)
  }
})

const networks: readonly (readonly [
  mode: string | null,
  unknown: Facts['unknown'],
  holds: boolean | null,
  why: RegExp,
])[] = [
  ['host', {}, true, /^$/],
  ['bridge', {}, false, /network "bridge".*`--net=host`$/],
  [null, {}, null, /was not told/],
  [null, { docker: 'it hangs' }, null, /it hangs/],
]

t.test('the network of an agent by hand', async t => {
  for (const [networkMode, unknown, holds, why] of networks) {
    const agent = agentOf('1.105.1', { runsAs: 'container', networkMode })
    const proof = await proven({ kind: 'agent-network' }, { agent, unknown })
    t.equal(proof.holds, holds, String(networkMode))
    t.match(proof.because ?? '', why)
  }
})
