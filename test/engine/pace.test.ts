import fc from 'fast-check'
import t from 'tap'
import { afterLook, calm, pauseBefore } from '../../src/engine/pace.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

/** Looks that a stream of reasons leads to in so many milliseconds; each look takes `lookMs`. */
function looksIn(ms: number, lookMs: number, finds: (look: number) => boolean): number {
  let pace = calm
  let now = 0
  let looks = 0
  while (now < ms) {
    now += Math.max(pauseBefore(pace, now, 500), 0) + lookMs
    pace = afterLook(pace, now, finds(looks++))
  }
  return looks
}

t.test('the first reason of a burst waits for nothing', async t => {
  t.equal(pauseBefore(calm, 0, 500), 0)
  const after = afterLook(calm, 1000, false)
  t.equal(pauseBefore(after, 1000, 500), 10)
  t.equal(pauseBefore(after, 2000, 500), 0, 'a second later it is a burst of its own')
})

t.test('a storm that is none of ours leads to few looks', async t => {
  t.ok(looksIn(2000, 15, () => false) <= 20)
})

t.test('what is repaired is repaired at once, ten times', async t => {
  let pace = calm
  for (let repair = 0; repair < 10; repair++) {
    pace = afterLook(pace, repair * 20, true)
    t.equal(pauseBefore(pace, repair * 20, 500), 0)
  }
  pace = afterLook(pace, 200, true)
  t.equal(pauseBefore(pace, 200, 500), 100, 'whoever goes on undoing them does not get all of a processor')
})

t.test('whatever comes, no look waits longer than half a second after the one before', async t => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3000), fc.boolean())), looks => {
      let pace = calm
      let now = 0
      for (const [ms, hasRepaired] of looks) {
        now += ms
        pace = afterLook(pace, now, hasRepaired)
        const pause = pauseBefore(pace, now, 500)
        if (pause < 0 || pause > 500) return false
      }
      return true
    }),
  )
  t.pass()
})
