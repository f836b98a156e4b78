import t from 'tap'
import { agentVersion } from '../../src/controls/agent-version.js'
import type { Control } from '../../src/controls/control.js'
import { imdsBridge } from '../../src/controls/imds-bridge.js'
import { introspectionGuard } from '../../src/controls/introspection-guard.js'
import type { AgentFacts } from '../../src/model/agent-facts.js'
import type { Facts } from '../../src/model/facts.js'
import { platformFor } from '../../src/platforms/index.js'
import { agentConfigOf, agentOf, factsOf, networkOf, policyOf } from '../fakes/machine.js'
import { claimText, desiredText } from './words.js'

const network = networkOf(['ens5 ethernet 10.0.0.10/24', 'docker0 bridge 172.17.0.1/16'])
const contextOf = (given: Partial<Facts>) => {
  const facts = factsOf({ network, ...given })
  return { facts, mode: 'enforce', policy: policyOf(), platform: platformFor(facts.os) } as const
}
const skip = (given: Partial<Facts>) => agentVersion.skip?.(contextOf(given))
const notes = (control: Control, given: Partial<Facts>) => control.notes?.(contextOf(given)) ?? []
const claims = (control: Control, given: Partial<Facts>) => control.claims(contextOf(given)).map(claimText)

t.test('an agent that does not run yet is skipped, one that could not be told is not', async t => {
  t.match(skip({ agent: null }), /no ECS agent is installed/)
  t.match(skip({ agent: agentOf('1.105.1', { running: false }) }), /does not run yet/)
  t.match(
    skip({ agent: agentOf('1.96.0', { running: false }), unknown: { agent: '`rpm -q` did not answer' } }),
    /does not run yet/,
    'whatever its package tool does',
  )
  t.equal(skip({ agent: null, unknown: { agent: '127.0.0.1:51678 did not answer in 2 s' } }), undefined)
  t.equal(skip({ agent: agentOf('1.105.1') }), undefined)
})

t.test('one promise: new enough, or what neighbours send to 51678 is dropped', async t => {
  const closed = 'ipv4 from neighbour ens5 10.0.0.11 to 10.0.0.10:51678 dropped'
  t.same(claims(agentVersion, { agent: agentOf('1.96.0') }), [`agent 1.97.1 or ${closed}`])
  t.ok(claims(introspectionGuard, {}).includes(closed), 'the very packet that introspection-guard drops')
  t.same(agentVersion.desire(contextOf({ agent: agentOf('1.96.0') })), [], 'nothing is written')
  t.same(
    claims(agentVersion, {
      agent: agentOf('1.96.0'),
      agentConfig: agentConfigOf({ allowOffhostIntrospection: true }),
    }),
    [`agent 1.97.1 or ${closed}`],
    'also where introspection-guard is turned off by ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS',
  )
})

t.test('what everybody should know', async t => {
  t.same(notes(agentVersion, { agent: agentOf('1.105.1') }), [])
  t.same(notes(agentVersion, { agent: agentOf('1.97.1') }), [])
  t.match(notes(agentVersion, { agent: agentOf('1.97.0') }), [
    /1\.97\.0 has CVE-2025-9039: update it to 1\.97\.1/,
  ])
  const told = [
    { source: 'introspection', version: '1.105.1' },
    { source: 'cached image', version: '1.106.0' },
  ]
  t.same(notes(agentVersion, { agent: agentOf('1.105.1', { told }) }), [
    'versions differ: 1.105.1 (introspection), 1.106.0 (cached image)',
  ])
})

const byHand = (networkMode: string | null, given: Partial<AgentFacts> = {}) => ({
  agent: agentOf('1.40.0', { runsAs: 'container', unit: null, networkMode, ...given }),
})

t.test(
  'an agent on a bridge of Docker would be cut with its tasks: nothing is closed, and that is loud',
  async t => {
    const desires = (given: Partial<Facts>) => imdsBridge.desire(contextOf(given)).map(desiredText)
    for (const mode of ['bridge', 'default', 'my-network']) {
      const wanted = desires(byHand(mode))
      t.ok(
        wanted.length > 0 && wanted.every(text => text.startsWith('no ')),
        `${mode}: what stood is taken back`,
      )
      t.match(notes(imdsBridge, byHand(mode)), [/not applied: .* container ecs-agent .*--net=host/], mode)
      t.same(
        claims(imdsBridge, byHand(mode)),
        claims(imdsBridge, {}),
        `${mode}: the promise stays, and breaks`,
      )
    }
    for (const [behaviour, given] of [
      ['in the network of the host', byHand('host')],
      ['without a network', byHand('none')],
      ['in the namespace of another container, which could be any', byHand('container:f00')],
      ['whose network was not told', byHand(null)],
      ['of ecs-init', byHand('host', { runsAs: 'ecs-init' })],
      ['that is not there', {}],
    ] as const) {
      t.same(desires(given), desires({}), behaviour)
      t.same(notes(imdsBridge, given), [], behaviour)
    }
  },
)
