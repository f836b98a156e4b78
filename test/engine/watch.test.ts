import t, { type Test } from 'tap'
import { watch, type EndedLook, type WatchInput, type Watching } from '../../src/engine/watch.js'
import type { Report } from '../../src/model/report.js'
import type { Reason } from '../../src/model/watch.js'
import type { Fire, Trigger } from '../../src/triggers/trigger.js'
import { changed, entries, inSync, report, unknown } from '../report/sample.js'

/** A daemon whose looks the test ends, and a trigger that it pulls. */
function rig(t: Test, given: Partial<WatchInput> = {}) {
  const looks: {
    readonly reasons: readonly Reason[]
    end(report: Report): void
    fail(error: Error): void
  }[] = []
  const ended: EndedLook[] = []
  let fire: Fire = () => undefined
  let wrote = 0
  const trigger: Trigger = {
    name: 'lever',
    start(started) {
      fire = started
      return {
        ailing: () => null,
        wrote: () => {
          wrote++
        },
        stop: () => Promise.resolve(),
      }
    },
  }
  const watching: Watching = watch({
    triggers: [trigger],
    limits: () => ({ repairs: 2, withinMs: 60_000, holdMs: 60_000, longestHoldMs: 60_000 }),
    now: () => new Date(),
    elapsedMs: () => performance.now(),
    look: reasons =>
      new Promise((end, fail) => {
        looks.push({ reasons, end, fail })
      }),
    longestPauseMs: () => 500,
    onlyTells: () => false,
    restarting: () => Promise.resolve(null),
    ended: look => {
      ended.push(look)
      return Promise.resolve()
    },
    ...given,
  })
  t.teardown(() => watching.stop())
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise(resolve => setTimeout(resolve, 1))
  }
  return {
    watching,
    looks,
    ended,
    until,
    pull: (what: string) => {
      fire(what)
    },
    wrote: () => wrote,
  }
}

t.test('looks at once when it begins, and once more for all that came meanwhile', async t => {
  const { looks, ended, until, pull } = rig(t)
  await until(() => looks.length === 1)
  t.match(looks[0]?.reasons, [{ trigger: 'start' }])
  for (let event = 0; event < 1000; event++) pull(`event ${event}`)
  await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(looks.length, 1, 'one look at a time')
  looks[0]?.end(report({}))
  await until(() => looks.length === 2)
  t.equal(looks[1]?.reasons[0]?.what, 'event 0')
  t.equal(looks[1]?.reasons.at(-1)?.what, 'event 999')
  looks[1]?.end(report({}))
  await until(() => ended.length === 2)
  await new Promise(resolve => setTimeout(resolve, 50))
  t.equal(looks.length, 2, 'and rests')
})

t.test('a look that could not be is told, and the next reason is looked at', async t => {
  const { looks, ended, until, pull } = rig(t)
  await until(() => looks.length === 1)
  looks[0]?.fail(new Error('no kernel'))
  await until(() => ended.length === 1)
  t.match(ended[0], { report: null, error: { message: 'no kernel' } })
  pull('again')
  await until(() => looks.length === 2)
  looks[1]?.end(report({}))
})

t.test('a look that could not do all of it is tried again, until it can', async t => {
  const { looks, ended, until } = rig(t)
  await until(() => looks.length === 1)
  const begun = performance.now()
  looks[0]?.fail(new Error('somebody holds the lock'))
  await until(() => looks.length === 2)
  t.match(looks[1]?.reasons, [{ trigger: 'retry' }])
  t.ok(performance.now() - begun > 900)
  looks[1]?.end(report({ outcomes: [unknown(entries.chain)] }))
  await until(() => looks.length === 3)
  t.ok(performance.now() - begun > 2900, 'later and later')
  looks[2]?.end(report({ outcomes: [inSync(entries.chain)] }))
  await until(() => ended.length === 3)
  await new Promise(resolve => setTimeout(resolve, 1200))
  t.equal(looks.length, 3)
})

t.test('triggers come and go with what a look finds', async t => {
  const did: string[] = []
  const pull = new Map<string, () => void>()
  const lever = (name: string): Trigger => ({
    name,
    start: fire => {
      did.push(`${name} begins`)
      pull.set(name, () => {
        fire('pulled')
      })
      return {
        ailing: () => null,
        stop: () => {
          did.push(`${name} ends`)
          return Promise.resolve()
        },
      }
    },
  })
  const [one, two] = [lever('one'), lever('two')]
  let wanted = [one]
  const { looks, ended, until, watching } = rig(t, {
    triggers: [one],
    triggersFor: () => Promise.resolve(wanted),
  })
  await until(() => looks.length === 1)
  wanted = [one, two]
  looks[0]?.end(report({}))
  await until(() => ended.length === 1)
  t.match(ended[0]?.triggers, [{ name: 'one' }, { name: 'two' }])
  wanted = [two]
  pull.get('one')?.()
  await until(() => looks.length === 2)
  looks[1]?.end(report({}))
  await until(() => ended.length === 2)
  pull.get('two')?.()
  await until(() => looks.length === 3)
  t.match(looks[2]?.reasons, [{ trigger: 'two', what: 'pulled' }])
  looks[2]?.end(report({}))
  await until(() => ended.length === 3)
  await watching.stop()
  t.same(did, ['one begins', 'two begins', 'one ends', 'two ends'])
})

t.test('after a repair the triggers are told and it looks again', async t => {
  const { looks, ended, until, wrote } = rig(t)
  await until(() => looks.length === 1)
  looks[0]?.end(report({ at: new Date(), outcomes: [changed(entries.literal)] }))
  await until(() => looks.length === 2)
  t.equal(wrote(), 1)
  t.match(ended[0]?.drifts, [{ action: 'repaired' }])
  t.match(looks[1]?.reasons, [{ trigger: 'after-repair' }])
  looks[1]?.end(report({}))
})

t.test('what is repaired again and again is held', async t => {
  const { looks, ended, until, pull } = rig(t)
  for (let repair = 0; repair < 3; repair++) {
    pull(`undone ${repair}`)
    await until(() => looks.length > repair)
    looks[repair]?.end(report({ at: new Date(), outcomes: [changed(entries.literal)] }))
    await until(() => ended.length > repair)
  }
  t.same(
    ended.map(({ contested }) => contested.length),
    [0, 0, 1],
  )
  t.same([...(ended[2]?.holds.keys() ?? [])], [entries.literal.id])
})

t.test('a repair that ends after it was stopped begins nothing more', async t => {
  const { watching, looks, until, wrote } = rig(t)
  await until(() => looks.length === 1)
  const stopped = watching.stop()
  looks[0]?.end(report({ at: new Date(), outcomes: [changed(entries.literal)] }))
  await stopped
  await new Promise(resolve => setTimeout(resolve, 80))
  t.equal(wrote(), 0)
  t.equal(looks.length, 1)
})

t.test('stops, whatever waits', async t => {
  const { watching, looks, until, pull } = rig(t)
  await until(() => looks.length === 1)
  const stopped = watching.stop()
  looks[0]?.end(report({}))
  await stopped
  pull('too late')
  await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(looks.length, 1)
})
