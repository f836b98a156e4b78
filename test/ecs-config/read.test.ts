import t from 'tap'
import { agentSwitch } from '../../src/ecs-config/switch.js'
import { configLines, readEcsConfig } from '../../src/ecs-config/read.js'

/** Each as ecs-init reads it, whatever it looks like. */
const cases: readonly (readonly [name: string, text: string, reading: Readonly<Record<string, string>>])[] = [
  ['nothing', '', {}],
  ['two settings', 'ECS_A=1\nECS_B=2\n', { ECS_A: '1', ECS_B: '2' }],
  ['no final newline', 'ECS_A=1', { ECS_A: '1' }],
  ['CRLF', 'ECS_A=1\r\nECS_B=2\r\n', { ECS_A: '1', ECS_B: '2' }],
  ['the first "=" splits', 'ECS_A=b=c', { ECS_A: 'b=c' }],
  ['an empty value', 'ECS_A=', { ECS_A: '' }],
  ['space around a line goes', ' \tECS_A=1 \t\n', { ECS_A: '1' }],
  ['space around "=" stays', 'ECS_A = 1', { 'ECS_A ': ' 1' }],
  ['quotes are part of the value', 'ECS_A="true"\nECS_B=\'true\'', { ECS_A: '"true"', ECS_B: "'true'" }],
  ['the last one counts', 'ECS_A=1\nECS_A=2\nECS_A=3', { ECS_A: '3' }],
  ['a comment is a key of its own', '#ECS_A=1\n# ECS_A=2', { '#ECS_A': '1', '# ECS_A': '2' }],
  ['words without "=" are nothing', '# settings of the agent\nECS_A\n\n', {}],
  ['a comment behind a value is part of it', 'ECS_A=true # on', { ECS_A: 'true # on' }],
  ['export is part of the key', 'export ECS_A=1', { 'export ECS_A': '1' }],
  ['a backslash continues nothing', 'ECS_A=a\\\nECS_B=b', { ECS_A: 'a\\', ECS_B: 'b' }],
  ['a carriage return ends no line', 'ECS_A=1\rECS_B=2', { ECS_A: '1\rECS_B=2' }],
  ['a byte order mark is part of the key', '\ufeffECS_A=1\nECS_B=2', { '\ufeffECS_A': '1', ECS_B: '2' }],
  ['NEL and NBSP are space', '\u0085ECS_A=1\u00a0', { ECS_A: '1' }],
]

for (const [name, text, reading] of cases)
  t.test(name, async t => t.strictSame(Object.fromEntries(readEcsConfig(text)), reading))

t.test('lines are counted from 1, those that set nothing too', async t =>
  t.strictSame(configLines('# on\n\nECS_A=1\r\nECS_A=2'), [
    { number: 3, key: 'ECS_A', value: '1' },
    { number: 4, key: 'ECS_A', value: '2' },
  ]),
)

const booleans: readonly (readonly [value: string, meaning: boolean | null])[] = [
  ...['1', 't', 'T', 'true', 'TRUE', 'True', ' true', 'true\t'].map(value => [value, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False', ' 0 '].map(value => [value, false] as const),
  ...['', '"true"', "'true'", 'tRuE', 'yes', 'on', 'true # on', 'truefalse', '2'].map(
    value => [value, null] as const,
  ),
]

t.test('on, off, or neither', async t => {
  for (const [value, meaning] of booleans) t.equal(agentSwitch(value), meaning, JSON.stringify(value))
})
