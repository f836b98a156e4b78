import fc from 'fast-check'
import t from 'tap'
import { isOlder } from '../../src/model/version.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const pairs: readonly (readonly [version: string, than: string, older: boolean])[] = [
  ['1.9.2', '1.11.0', true],
  ['1.11.0', '1.11.0', false],
  ['1.105.1', '1.97.1', false],
  ['1.97.0', '1.97.1', true],
  ['2.0.0', '1.999.999', false],
  ['1.97', '1.97.1', true],
]

t.test('by numbers, not by letters', async t => {
  for (const [version, than, older] of pairs) t.equal(isOlder(version, than), older, `${version}, ${than}`)
})

t.test('of two versions one is older, or they are the same', async () => {
  const version = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(parts => parts.join('.'))
  fc.assert(
    fc.property(version, version, (one, other) =>
      one === other ? !isOlder(one, other) : isOlder(one, other) !== isOlder(other, one),
    ),
  )
})
