import t from 'tap'
import type { Packet } from '../../src/netfilter/packet.js'
import { cgroupLevels } from '../../src/netfilter/cgroup-levels.js'
import { parseNftTables } from '../../src/netfilter/parse-nft.js'
import { walk } from '../../src/netfilter/walk.js'
import { host, request, ruleset } from './rules.js'

// What nft 1.0.6 prints, in both of its languages.

const of = { family: 'inet', table: 'x' }
const sender = { socket: { key: 'cgroupv2' } }
const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } })

interface Case {
  readonly text: string
  readonly expr: readonly unknown[]
  /** As taskfence spells it; where it is left out, as nft does. */
  readonly spelled?: string
}

const slice = '"ecstasks.slice"'
const one = '"ecstasks.slice/ecstasks-1.slice"'
const drop = { drop: null }
const cases: readonly Case[] = [
  {
    text: `socket cgroupv2 level 1 ${slice} drop`,
    expr: [match(sender, 'ecstasks.slice'), drop],
  },
  {
    text: `socket cgroupv2 level 1 ${slice} socket cgroupv2 level 2 != ${one} drop`,
    expr: [match(sender, 'ecstasks.slice'), match(sender, 'ecstasks.slice/ecstasks-1.slice', '!='), drop],
  },
  {
    text: `socket cgroupv2 level 2 { ${one}, "ecstasks.slice/ecstasks-2.slice" } drop`,
    expr: [
      match(sender, { set: ['ecstasks.slice/ecstasks-2.slice', 'ecstasks.slice/ecstasks-1.slice'] }),
      drop,
    ],
  },
  // A cgroup that is gone has only its number.
  { text: 'socket cgroupv2 level 1 614 drop', expr: [match(sender, '614'), drop] },
  {
    text: 'counter name "n" update @asked { socket cgroupv2 level 2 }',
    expr: [{ counter: 'n' }, { set: { op: 'update', elem: sender, set: '@asked' } }],
  },
  {
    text: `socket cgroupv2 level 1 ${slice} drop comment "socket cgroupv2 level 7 # handle 3"`,
    expr: [match(sender, 'ecstasks.slice'), drop],
    spelled: `socket cgroupv2 level 1 ${slice} drop`,
  },
]

const chain = { ...of, name: 'c', handle: 1, type: 'filter', hook: 'output', prio: -310, policy: 'accept' }
const listed = (expr: readonly unknown[], text: string) =>
  parseNftTables(
    JSON.stringify({
      nftables: [
        { table: { family: 'inet', name: 'x', handle: 1 } },
        { chain },
        { rule: { ...of, chain: 'c', handle: 7, expr } },
      ],
    }),
    cgroupLevels(
      `table inet x { # handle 1\n\tchain c { # handle 1\n\t\ttype filter hook output priority -310; policy accept;\n\t\t${text} # handle 7\n\t}\n}\n`,
    ),
  )[0]

for (const { text, expr, spelled } of cases)
  t.test(`both languages together: ${text}`, async t => {
    t.equal(listed(expr, text)?.rules[0]?.text, spelled ?? text)
  })

t.test('a level that nft prints in JSON is believed', async t => {
  const own = { socket: { key: 'cgroupv2', level: 3 } }
  t.equal(listed([match(own, 'a/b/c'), drop], '')?.rules[0]?.text, 'socket cgroupv2 level 3 "a/b/c" drop')
})

const inside = [
  'ecstasks.slice',
  'ecstasks.slice/ecstasks-1.slice',
  'ecstasks.slice/ecstasks-1.slice/d.scope',
]
const dropped = /^dropped by inet x c: /
const passed = /^delivered/
const untold = /^unknown: cannot tell what "socket cgroupv2/

const packets: readonly (readonly [
  name: string,
  text: string,
  expr: readonly unknown[],
  cgroups: readonly string[] | undefined,
  fate: RegExp,
])[] = [
  ['in the slice', `socket cgroupv2 level 1 ${slice}`, [match(sender, 'ecstasks.slice')], inside, dropped],
  ['the wrong level', `socket cgroupv2 level 2 ${slice}`, [match(sender, 'ecstasks.slice')], inside, passed],
  ['a level that is not told', '', [match(sender, 'ecstasks.slice')], inside, /^unknown: cannot tell what/],
  ['a slice that is gone', 'socket cgroupv2 level 1 44', [match(sender, '44')], inside, passed],
  [
    'elsewhere',
    `socket cgroupv2 level 1 ${slice}`,
    [match(sender, 'ecstasks.slice')],
    ['system.slice'],
    passed,
  ],
  ['in the root', `socket cgroupv2 level 1 ${slice}`, [match(sender, 'ecstasks.slice')], [], passed],
  ['not known', `socket cgroupv2 level 1 ${slice}`, [match(sender, 'ecstasks.slice')], undefined, untold],
  [
    'another task',
    `socket cgroupv2 level 2 != ${one}`,
    [match(sender, 'ecstasks.slice/ecstasks-1.slice', '!=')],
    ['ecstasks.slice', 'ecstasks.slice/ecstasks-2.slice'],
    dropped,
  ],
  // The kernel finds no ancestor to compare with, and the rule ends there.
  [
    'no other task: less deep',
    `socket cgroupv2 level 2 != ${one}`,
    [match(sender, 'ecstasks.slice/ecstasks-1.slice', '!=')],
    ['ecstasks.slice'],
    passed,
  ],
  ['by the root', 'socket cgroupv2 level 0 "/"', [match(sender, '/')], inside, untold],
]

for (const [name, text, expr, cgroups, fate] of packets)
  t.test(`a packet of the host's: ${name}`, async t => {
    const table = listed([...expr, drop], `${text} drop`)
    const packet: Packet = {
      ...request,
      iif: null,
      iifKind: null,
      source: '10.0.0.10',
      ...(cgroups === undefined ? {} : { cgroups }),
    }
    const walked = walk(ruleset(table?.baseChains ?? []), packet, host)
    const words = 'by' in walked ? `${walked.fate} by ${walked.by}` : `unknown: ${walked.because}`
    t.match(words, fate)
  })

const byClass = (value: unknown, op?: string) => match({ meta: { key: 'cgroup' } }, value, op)
const classed: readonly (readonly [text: string, expr: unknown, sender: number | undefined, fate: RegExp])[] =
  [
    ['meta cgroup 2053046273', byClass(2053046273), 2053046273, /^dropped/],
    ['meta cgroup 2053046273', byClass(2053046273), 0, /^delivered/],
    ['meta cgroup 2053046273', byClass(2053046273), undefined, /^unknown/],
    ['meta cgroup { 1, 2053046273 }', byClass({ set: [1, 2053046273] }), 2053046273, /^dropped/],
    ['meta cgroup != 5', byClass(5, '!='), 5, /^delivered/],
    ['meta cgroup != 5', byClass(5, '!='), 0, /^dropped/],
  ]

for (const [text, expr, sender, fate] of classed)
  t.test(`a sender of the class ${String(sender)}: ${text}`, async t => {
    const table = listed([expr, drop], `${text} drop`)
    t.equal(table?.baseChains[0]?.rules[0]?.text, `${text} drop`)
    const own = { ...request, iif: null, iifKind: null, source: '10.0.0.10' }
    const walked = walk(
      ruleset(table?.baseChains ?? []),
      sender === undefined ? own : { ...own, class: sender },
      host,
    )
    t.match(walked.fate, fate)
  })
