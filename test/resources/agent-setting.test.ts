import t from 'tap'
import { createLook } from '../../src/look/create-look.js'
import type { AgentSettingKey, State } from '../../src/model/resource.js'
import { agentSetting } from '../../src/resources/agent-setting.js'
import { fakeHost, unreadable } from '../fakes/fake-host.js'
import { factsOf } from '../fakes/machine.js'
import { inLab } from './rig.js'

const path = '/etc/ecs/ecs.config'
const key = (name: string): AgentSettingKey => ({ kind: 'agent-setting', path, name })
const block = key('ECS_AWSVPC_BLOCK_IMDS')

const readings: readonly (readonly [text: string | null, wanted: State, state: State])[] = [
  [null, 'true', null],
  ['', 'true', null],
  ['#ECS_AWSVPC_BLOCK_IMDS=true\n', 'true', null],
  ['ECS_AWSVPC_BLOCK_IMDS=true\n', 'true', 'true'],
  ['ECS_AWSVPC_BLOCK_IMDS=1\n', 'true', 'true'],
  ['ECS_AWSVPC_BLOCK_IMDS= True \r\n', 'true', 'true'],
  ['ECS_AWSVPC_BLOCK_IMDS="true"\n', 'true', '"true"'],
  ['ECS_AWSVPC_BLOCK_IMDS=true\nECS_AWSVPC_BLOCK_IMDS=false\n', 'true', 'false'],
  ['ECS_AWSVPC_BLOCK_IMDS=\n', 'true', ''],
  ['ECS_AWSVPC_BLOCK_IMDS=yes\n', 'yes', 'yes'],
  ['ECS_AWSVPC_BLOCK_IMDS=1\n', null, '1'],
]

t.test('what stands, and spellings of the same', async t => {
  for (const [text, wanted, state] of readings) {
    const look = createLook(fakeHost({ files: text === null ? {} : { [path]: text } }), factsOf())
    t.equal(
      await agentSetting.read(block, look, wanted),
      state,
      `${JSON.stringify(text)} for ${String(wanted)}`,
    )
  }
  const look = createLook(fakeHost({ files: { [path]: unreadable } }), factsOf())
  await t.rejects(agentSetting.read(block, look, 'true'), { code: 'E_FILE' }, 'never "absent"')
})

t.test('settings of one file are one edit', async t => {
  const host = fakeHost({ files: { [path]: '# mine\nECS_B=0' } })
  const write = (states: Readonly<Record<string, State>>) =>
    agentSetting.write(
      Object.entries(states).map(([name, state]) => ({ resource: key(name), state })),
      host,
    )
  await write({ ECS_A: 'true', ECS_B: 'true' })
  t.equal(host.disk.get(path), '# mine\nECS_B=true\nECS_A=true')
  t.same(
    host.written.filter(written => written === path),
    [path],
  )
  await write({ ECS_A: null, ECS_B: null })
  t.equal(host.disk.get(path), '# mine')
  t.equal(agentSetting.batch?.(key('ECS_A')), agentSetting.batch?.(key('ECS_B')))
})

t.test('taking away from what is not there makes nothing', async t => {
  const host = fakeHost()
  await agentSetting.write([{ resource: block, state: null }], host)
  t.same([host.written, host.disk.size], [[], 0])
})

inLab('a host without /etc/ecs', {}, async (t, rig) => {
  await rig.lab.must(['rm', '-r', '/etc/ecs'])
  await rig.write([block, 'true'])
  t.equal(await rig.lab.must(['cat', path]), 'ECS_AWSVPC_BLOCK_IMDS=true\n')
  t.equal(await rig.read(block, 'true'), 'true')
})
