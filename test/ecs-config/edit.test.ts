import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { editEcsConfig } from '../../src/ecs-config/edit.js'
import { readEcsConfig } from '../../src/ecs-config/read.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const key = 'ECS_X'

const cases: readonly (readonly [name: string, before: string, value: string | null, after: string])[] = [
  ['a file without anything', '', 'true', 'ECS_X=true\n'],
  ['a new key comes last', '# mine\nECS_A=1\n', 'true', '# mine\nECS_A=1\nECS_X=true\n'],
  ['a missing final newline stays missing', 'ECS_A=1', 'true', 'ECS_A=1\nECS_X=true'],
  ['CRLF', 'ECS_A=1\r\nECS_B=2\r\n', 'true', 'ECS_A=1\r\nECS_B=2\r\nECS_X=true\r\n'],
  ['set where it stands', 'ECS_X=false\nECS_A=1\n', 'true', 'ECS_X=true\nECS_A=1\n'],
  [
    'its line keeps its end',
    'ECS_A=1\r\nECS_X=false\r\nECS_B=2\n',
    'true',
    'ECS_A=1\r\nECS_X=true\r\nECS_B=2\n',
  ],
  ['quotes go with the value', 'ECS_X="true"', 'true', 'ECS_X=true'],
  ['of duplicates the last stays', 'ECS_X=1\nECS_A=1\nECS_X=2\n', 'true', 'ECS_A=1\nECS_X=true\n'],
  ['comments stay', '#ECS_X=false\n# ECS_X=no\n', 'true', '#ECS_X=false\n# ECS_X=no\nECS_X=true\n'],
  ['other spellings stay', 'ECS_X =1\nexport ECS_X=1\n', 'true', 'ECS_X =1\nexport ECS_X=1\nECS_X=true\n'],
  ['a byte order mark stays', '\ufeffECS_X=1\n', 'true', '\ufeffECS_X=1\nECS_X=true\n'],
  ['taken away, all of them', 'ECS_X=1\nECS_A=1\nECS_X=2\n', null, 'ECS_A=1\n'],
  ['taken away at an end without a newline', 'ECS_A=1\nECS_X=2', null, 'ECS_A=1'],
  ['systemd continues no line of others with ours', 'A=\\\n', 'true', 'A=\\\n\nECS_X=true\n'],
  ['nor with what stood behind ours', 'A=\\\nECS_X=1\nB=2\n', null, 'A=\\\n\nB=2\n'],
]

for (const [name, before, value, after] of cases)
  t.test(name, async t => {
    t.equal(editEcsConfig(before, key, value), after)
    t.equal(editEcsConfig(after, key, value), after, 'twice is once')
  })

/** Texts that a hand, a script or another system leaves behind, with much of our key in them. */
const word = fc.constantFrom(
  ...['ECS_X', 'ECS_A', '=', '==', ' ', '\t', '\r', '\\', '"', "'", '#', '# ', 'export ', 'true', 'false'],
  ...['\ufeff', '\u0085', '\u00a0', '\v', '\u2028', 'é', '𝒳', '\0'],
)
const line = fc.oneof(
  fc.array(word, { maxLength: 5 }).map(words => words.join('')),
  fc.constantFrom('ECS_X=true', 'ECS_X=false', '#ECS_X=true', ' ECS_X="true" ', 'ECS_X =1', 'ECS_A=1'),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const ending = fc.constantFrom('\n', '\n', '\r\n', '\n\n')
const text = fc
  .tuple(fc.array(fc.tuple(line, ending), { maxLength: 8 }), fc.oneof(fc.constant(''), line))
  .map(([lines, last]) => lines.flat().join('') + last)
const value = fc.constantFrom('true', 'false', '', null)

/** A model of ecs-init's reading (getEnvVars), independent of the code: Go's TrimSpace, Split and SplitN. */
function model(config: string): Record<string, string> {
  const goSpace = '[\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]*'
  const trim = (part: string) =>
    new RegExp(`^${goSpace}([^]*?)${goSpace}$`).exec(part)?.[1] ?? t.fail('always matches')
  const found: Record<string, string> = {}
  for (const part of String(trim(config)).split('\n')) {
    const [name, ...rest] = String(trim(part)).split('=')
    if (rest.length > 0) found[String(name)] = rest.join('=')
  }
  return found
}

const without = (reading: Record<string, string>) =>
  Object.fromEntries(Object.entries(reading).filter(([name]) => name !== key))

const laws: Readonly<Record<string, (before: string, wanted: string | null) => void>> = {
  'our reading is the model': before => {
    equal(Object.fromEntries(readEcsConfig(before)), model(before))
  },

  'ecs-init reads the same as before, but for our key': (before, wanted) => {
    const after = model(editEcsConfig(before, key, wanted))
    equal(without(after), without(model(before)))
    equal(after[key] ?? null, wanted)
  },

  'twice is once': (before, wanted) => {
    const after = editEcsConfig(before, key, wanted)
    equal(editEcsConfig(after, key, wanted), after)
  },

  'every line of others stays, in its order, and a missing end stays missing': (before, wanted) => {
    if (before.includes('\\') || before === '') return
    const after = editEcsConfig(before, key, wanted)
    if (after !== '') equal(others(after), others(before))
  },

  'one line of ours at most': (before, wanted) => {
    const ours = editEcsConfig(before, key, wanted)
      .split('\n')
      .filter(part => key in model(part))
    equal(ours.length, wanted === null ? 0 : 1)
  },

  'taken away again, nothing is left of it': (before, wanted) => {
    if (key in model(before) || before.includes('\\') || before.endsWith('\r')) return
    equal(editEcsConfig(editEcsConfig(before, key, wanted), key, null), before)
  },
}

/** Behind the last newline stands a line of nothing. A last line may have been given the file's own end. */
const others = (config: string) =>
  config
    .split('\n')
    .filter(part => !(key in model(part)))
    .map(part => part.replace(/\r+$/, ''))

const equal = (found: unknown, wanted: unknown) => {
  assert.deepStrictEqual(found, wanted)
}

for (const [name, law] of Object.entries(laws))
  t.test(name, async () => {
    fc.assert(fc.property(text, value, law), { numRuns: 2000 })
  })
