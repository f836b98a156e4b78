import t from 'tap'
import { driftsOf, explained } from '../../src/engine/drifts.js'
import type { Culprit, Reason } from '../../src/model/watch.js'
import { changed, drifted, entries, failed, inSync, report, unknown } from '../report/sample.js'

const at = new Date('2025-03-04T05:06:07.000Z')
const because = (what: string, culprit?: Culprit): Reason => ({
  trigger: 'nft-monitor',
  what,
  at: new Date(at.getTime() - 40),
  ...(culprit === undefined ? {} : { culprit }),
})
const only = { held: new Set<string>(), onlyTells: true, agoMs: () => 60_000 }
const mallory: Culprit = { pid: 812, command: 'iptables -F', unit: 'session-1.scope' }
const docker: Culprit = { pid: 700, command: 'iptables -I FORWARD -j DOCKER-USER', unit: 'docker.service' }

t.test('what became of each entry', async t => {
  const outcomes = [
    changed(entries.literal),
    drifted(entries.sysctl, '0'),
    failed(entries.route),
    unknown(entries.chain),
    inSync(entries.fence),
    drifted({ ...entries.base, reportOnly: true }),
  ]
  const drifts = driftsOf(report({ at, outcomes }), [because('it is time')], only)
  t.same(
    drifts.map(({ action, from, stoodMs }) => [action, from, stoodMs]),
    [
      ['repaired', null, 40],
      ['reported', '0', 40],
      ['failed', null, 40],
    ],
  )
  t.ok(drifts[2]?.because)
  const held = driftsOf(report({ at, outcomes }), [because('it is time')], {
    ...only,
    held: new Set([entries.sysctl.id]),
  })
  t.same(held[1]?.action, 'held')
  const repairing = driftsOf(report({ at, outcomes }), [because('it is time')], { ...only, onlyTells: false })
  t.same(
    repairing.map(({ action }) => action),
    ['repaired', 'failed'],
    'what drifted while the rest was repaired is for the next look',
  )
})

t.test('the reason that names the place is the reason; else one that names somebody', async t => {
  const reasons = [
    because('7: br-1 changed'),
    because('add rule ip nat PREROUTING', docker),
    because('delete rule ip filter DOCKER-USER handle 5', mallory),
  ]
  const [literal, sysctl] = driftsOf(
    report({ at, outcomes: [changed(entries.literal), changed(entries.sysctl, '0')] }),
    reasons,
    only,
  )
  t.equal(literal?.reason.culprit, mallory)
  t.notOk(literal?.during)
  t.equal(sysctl?.reason.culprit, docker)
  t.equal(sysctl?.during, 'docker.service', "Docker's own restart")
})

t.test('what nobody explains is the doing of the service that restarts just now', async t => {
  const gone: Culprit = { pid: 900, command: 'iptables', unit: null }
  const reasons = [
    because('delete rule ip filter DOCKER-USER handle 5', gone),
    because('it is time', mallory),
  ]
  const outcomes = [changed(entries.literal), changed(entries.sysctl, '0')]
  const drifts = driftsOf(report({ at, outcomes }), reasons, only)
  const during = (unit: string | null) => explained(drifts, unit).map(drift => drift.during)
  t.same(during('ecs.service'), ['ecs.service', 'ecs.service'])
  t.same(during(null), [null, null])
  const blamed = driftsOf(report({ at, outcomes }), [because('it is time', mallory)], only)
  t.same(
    explained(blamed, 'ecs.service').map(drift => drift.during),
    [null, null],
    'somebody who was seen is not excused',
  )
})

t.test('a clock that is set makes no drift stand for days', async t => {
  const stood = (seenMs: number) =>
    driftsOf(
      report({ at, outcomes: [changed(entries.literal)] }),
      [{ ...because('it is time'), at: new Date(at.getTime() - seenMs) }],
      {
        ...only,
        agoMs: () => 50,
      },
    )[0]?.stoodMs
  t.equal(stood(40), 40)
  t.equal(stood(86_400_000), 50, 'set forward meanwhile')
  t.equal(stood(-86_400_000), 50, 'set back')
})
