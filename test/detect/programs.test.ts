import fc from 'fast-check'
import t from 'tap'
import { detectIptables, parseIptablesVersion, parseTableNames } from '../../src/detect/iptables.js'
import { detectKernel } from '../../src/detect/kernel.js'
import { detectNft } from '../../src/detect/nft.js'
import { ParseError } from '../../src/model/errors.js'
import type { Command } from '../../src/model/command.js'
import { fakeHost, hangs, type Answer, type FakeOptions } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const versions: readonly (readonly [text: string, version: string, backend: string])[] = [
  ['iptables v1.8.9 (nf_tables)\n', '1.8.9', 'nf_tables'],
  ['iptables v1.8.10 (legacy)\n', '1.8.10', 'legacy'],
  ['iptables v1.4.21\n', '1.4.21', 'legacy'],
  ['ip6tables v1.8.11 (nf_tables)', '1.8.11', 'nf_tables'],
  ['iptables v1.6.0.1\n', '1.6.0.1', 'legacy'],
]

t.test('versions of iptables', async t => {
  for (const [text, version, backend] of versions)
    t.same(parseIptablesVersion(text), { version, backend }, text.trim())
  for (const text of ['', 'v1.8.9', 'iptables v', 'nftables v1.0.6', 'iptables: command not found'])
    t.throws(() => parseIptablesVersion(text), { code: 'E_PARSE' }, text || 'nothing')
  const isUnderstood = (text: string): boolean => {
    try {
      return ['legacy', 'nf_tables'].includes(parseIptablesVersion(text).backend)
    } catch (error) {
      return error instanceof ParseError
    }
  }
  const like = fc.tuple(fc.constant('iptables v'), fc.string()).map(words => words.join(''))
  fc.assert(fc.property(fc.oneof(fc.string(), like), isUnderstood))
})

t.test('tables of legacy iptables', async t => {
  t.same(parseTableNames('filter\nnat\n'), ['nat', 'filter'], 'in our order')
  t.same(parseTableNames('broute\n'), [], 'not one of ours')
  t.same(parseTableNames(null), [])
  t.same(parseTableNames(''), [])
})

const nf: Answer = 'iptables v1.8.9 (nf_tables)\n'
const both = { iptables: nf, ip6tables: nf }
type Case = readonly [behaviour: string, options: FakeOptions, fact: object | null, unknown?: RegExp]

const iptables: readonly Case[] = [
  ['both families', { programs: both }, { backend: 'nf_tables', families: ['ipv4', 'ipv6'] }],
  ['no ip6tables', { programs: { iptables: nf } }, { families: ['ipv4'] }],
  [
    'a broken ip6tables costs only its family, and says so',
    { programs: { ...both, ip6tables: { exitCode: 2, stderr: 'error while loading shared libraries' } } },
    { version: '1.8.9', families: ['ipv4'] },
    /ip6tables --version.*exit code 2: error while loading/,
  ],
  ['no iptables', {}, null, /^iptables is not installed$/],
  [
    'tables the kernel has',
    {
      programs: both,
      files: { '/proc/net/ip_tables_names': 'nat\n', '/proc/net/ip6_tables_names': 'filter\n' },
    },
    { legacyTables: { ipv4: ['nat'], ipv6: ['filter'] } },
  ],
]

for (const [behaviour, options, fact, unknown] of iptables)
  t.test(`iptables: ${behaviour}`, async t => {
    const host = fakeHost(options)
    const found = await detectIptables(host)
    if (fact === null) t.equal(found.fact, null)
    else t.match(found.fact, fact)
    if (unknown === undefined) t.equal(found.unknown, undefined)
    else t.match(found.unknown, unknown)
    t.notOk(
      host.ran.some(argv => /-S|-L|-save|legacy/.test(argv)),
      'nothing is listed, which could make tables',
    )
  })

t.test('iptables: could not tell', async t => {
  for (const [answer, error] of [
    [hangs, { code: 'E_COMMAND' }],
    [
      { exitCode: 1, stderr: 'Segmentation fault' },
      { code: 'E_COMMAND', message: /Segmentation/ },
    ],
    ['no version', { code: 'E_PARSE' }],
  ] as const)
    await t.rejects(detectIptables(fakeHost({ programs: { ...both, iptables: answer } })), error)
})

t.test('iptables: two names for one file are asked once', async t => {
  const found = { iptables: '/usr/sbin/xtables-nft-multi', ip6tables: '/usr/sbin/xtables-nft-multi' }
  const host = fakeHost({ programs: both, found })
  t.match((await detectIptables(host)).fact, { families: ['ipv4', 'ipv6'] })
  t.same(host.ran, ['iptables --version'])
  const other = fakeHost({ programs: both, found: { ...found, ip6tables: '/usr/sbin/xtables-legacy-multi' } })
  await detectIptables(other)
  t.same(other.ran, ['iptables --version', 'ip6tables --version'])
})

/** An nft whose kernel does not know some words. */
const nft =
  (...unknown: readonly string[]): Answer =>
  ({ args, input }: Command) => {
    if (args[0] === '--version') return 'nftables v1.0.6 (Lester Gooch #5)\n'
    if (args[0] === '-j') return { exitCode: 1, stderr: 'Error: No such file or directory' }
    const word = unknown.find(word => input?.includes(word))
    return word === undefined
      ? ''
      : { exitCode: 1, stderr: `/dev/stdin:4:1-9: Error: no ${word} here\nadd rule\n` }
  }

const nfts: readonly Case[] = [
  ['not installed', {}, null],
  [
    'everything works',
    { programs: { nft: nft() } },
    { version: '1.0.6', usable: true, expressions: ['iifkind', 'fib', 'ct-direction'] },
  ],
  [
    'an old kernel lacks one expression',
    { programs: { nft: nft('iifkind') } },
    {
      usable: true,
      expressions: ['fib', 'ct-direction'],
      because: '/dev/stdin:4:1-9: Error: no iifkind here',
    },
  ],
  [
    'two are missing',
    { programs: { nft: nft('fib', 'ct direction') } },
    { usable: true, expressions: ['iifkind'], because: /no fib.*; .*no ct direction/ },
  ],
  [
    'no table can be made',
    { programs: { nft: nft('add table') } },
    { usable: false, expressions: [], because: /add table/ },
  ],
  [
    'a refusal without words has a reason too',
    { programs: { nft: { exitCode: 3 }, 'nft --version': 'nftables v1.1.7 (Commodore)' } },
    { version: '1.1.7', usable: false, because: 'nft -c ended with exit code 3' },
  ],
  ['a version that says nothing', { programs: { nft: '' } }, { version: 'unknown', usable: true }],
]

for (const [behaviour, options, fact] of nfts)
  t.test(`nft: ${behaviour}`, async t => {
    const host = fakeHost(options)
    const found = await detectNft(host)
    if (fact === null) t.equal(found.fact, null)
    else t.match(found.fact, fact)
    t.ok(
      host.ran.every(argv =>
        /^nft (--version$|-c |-j list |-j -i < list chains; list table inet taskfence$)/.test(argv),
      ),
      'nothing is committed',
    )
  })

const standing = (...words: readonly string[]) => `{"nftables": []}\n\n${fence(...words)}\n`
const fence = (...words: readonly string[]) =>
  `{"nftables": [{"metainfo": {"version": "1.0.9"}}, ${words.map(word => `{"${word}": 1}`).join(', ')}]}`

t.test('nft: a fence that stands shows what the kernel takes', async t => {
  const all = fakeHost({ programs: { nft: standing('iifkind', 'fib', 'direction') } })
  t.match((await detectNft(all)).fact, {
    version: '1.0.9',
    usable: true,
    expressions: ['iifkind', 'fib', 'ct-direction'],
  })
  t.same(all.ran, ['nft -j -i < list chains; list table inet taskfence'], 'nothing else is asked')
  const some = fakeHost({ programs: { nft: nft('iifkind'), 'nft -j -i': standing('fib', 'direction') } })
  t.match(
    (await detectNft(some)).fact,
    { expressions: ['fib', 'ct-direction'] },
    'what it does not show is asked',
  )
})

t.test('nft: could not tell', async t => {
  await t.rejects(detectNft(fakeHost({ programs: { nft: hangs } })), { code: 'E_COMMAND' })
})

t.test('kernel', async t => {
  const files = { '/proc/sys/kernel/osrelease': '6.1.0\n' }
  t.same((await detectKernel(fakeHost({ files }))).fact, { release: '6.1.0', ipv6: false }, 'ipv6.disable=1')
  const inet6 = { ...files, '/proc/net/if_inet6': '' }
  t.same(
    (await detectKernel(fakeHost({ files: inet6 }))).fact,
    { release: '6.1.0', ipv6: true },
    'no address yet',
  )
  t.match(await detectKernel(fakeHost()), { fact: null, unknown: /osrelease is missing/ })
})
