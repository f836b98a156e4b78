import t from 'tap'
import { holdsAt, judge, nextRelease, type ContestLimits, type Contests } from '../../src/engine/contest.js'
import type { Drift } from '../../src/model/watch.js'

const limits: ContestLimits = { repairs: 3, withinMs: 60_000, holdMs: 10_000, longestHoldMs: 40_000 }
const id = 'iptables filter/DOCKER-USER -j DROP'

const drift = (given: Partial<Drift> = {}): Drift => ({
  id,
  controls: ['one'],
  from: null,
  to: 'present',
  seen: new Date(0),
  stoodMs: 20,
  action: 'repaired',
  reason: { trigger: 'nft-monitor', what: 'delete rule', at: new Date(0) },
  during: null,
  ...given,
})

/** Repairs of one entry, one at each time. */
function repairedAt(times: readonly number[], given: Partial<Drift> = {}) {
  let contests: Contests = new Map()
  const contested: number[] = []
  for (const now of times) {
    const judged = judge(contests, [drift(given)], now, limits)
    contests = judged.contests
    if (judged.contested.length > 0) contested.push(now)
  }
  return { contests, contested }
}

t.test('more repairs than allowed in the window: held, once told', async t => {
  const { contests, contested } = repairedAt([0, 1000, 2000, 3000])
  t.same(contested, [3000])
  t.same([...holdsAt(contests, 3001).keys()], [id])
  t.same([...holdsAt(contests, 13_000).keys()], [], 'until its time is over')
  t.equal(nextRelease(contests, 3001), 13_000)
  t.equal(nextRelease(contests, 13_000), null)
})

t.test('repairs far apart are no contest', async t => {
  t.same(repairedAt([0, 30_000, 59_000, 61_000, 120_000, 180_000]).contested, [])
})

t.test('contested again: held for twice as long, up to the longest', async t => {
  const again = (start: number) => [start, start + 1, start + 2, start + 3]
  const { contests, contested } = repairedAt([
    ...again(0),
    ...again(11_000),
    ...again(32_000),
    ...again(73_000),
  ])
  t.same(contested, [3, 11_003, 32_003, 73_003])
  t.equal(nextRelease(contests, 73_004), 73_003 + 40_000)
})

t.test('what is undone before it is read back counts as well', async t => {
  t.same(repairedAt([0, 1, 2, 3], { action: 'failed', isUndone: true }).contested, [3])
})

t.test('neither the fence, nor what a restart took away, nor what was not written counts', async t => {
  const often = [0, 1, 2, 3, 4, 5, 6]
  for (const given of [
    { id: 'nft inet taskfence forward imds_bridge_ipv4' },
    { during: 'docker.service' },
    { action: 'reported' as const },
    { action: 'failed' as const },
  ])
    t.same(repairedAt(often, given).contested, [], JSON.stringify(given))
})

t.test('what is long over is forgotten', async t => {
  const { contests } = repairedAt([0, 1, 2, 3])
  const later = judge(contests, [drift({ id: 'another' })], 45_000, limits)
  t.same([...later.contests.keys()], [id, 'another'])
  t.same([...judge(later.contests, [], 200_000, limits).contests.keys()], [])
})
