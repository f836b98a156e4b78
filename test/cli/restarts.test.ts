import t from 'tap'
import { restartingIn } from '../../src/cli/daemon/restarts.js'

const shown = (...units: readonly (readonly [id: string, state: string, seconds: number])[]) =>
  units
    .map(([id, state, at]) => `Id=${id}\nActiveState=${state}\nStateChangeTimestampMonotonic=${at * 1e6}\n`)
    .join('\n')

t.test('which service restarts just now', async t => {
  for (const [name, text, uptime, unit] of [
    ['lately', shown(['docker.service', 'active', 990], ['ecs.service', 'active', 995]), 1000, 'ecs.service'],
    ['long ago', shown(['docker.service', 'active', 900]), 1000, null],
    [
      'on its way',
      shown(['docker.service', 'active', 990], ['ecs.service', 'deactivating', 10]),
      1000,
      'ecs.service',
    ],
    ['never started', shown(['firewalld.service', 'inactive', 0]), 10, null],
    ['no answer', '', 10, null],
    ['another language', 'Failed to connect to bus\n', 10, null],
    ['no uptime', shown(['docker.service', 'active', 990]), Number.NaN, null],
  ] as const)
    t.equal(restartingIn(text, uptime), unit, name)
})
