import t from 'tap'
import { createLook } from '../../src/look/create-look.js'
import { nftOverview } from '../../src/look/nft-overview.js'
import { createMemory } from '../../src/look/memory.js'
import type { Backend, Facts } from '../../src/model/facts.js'
import { fakeHost, hangs, unreadable, type Answer, type FakeOptions } from '../fakes/fake-host.js'
import { factsOf } from '../fakes/machine.js'

const facts = (backend: Backend, given: Partial<Facts> = {}) =>
  factsOf({ iptables: { ...factsOf().iptables, backend } as NonNullable<Facts['iptables']>, ...given })

/** `nft -j list chains` of these: "ip filter FORWARD" or "inet mine forward". */
const chains = (...names: readonly string[]): string => {
  const objects = names.map((name, index) => {
    const [family, table, chain] = name.split(' ')
    const base = { type: 'filter', hook: 'forward', prio: 0, policy: 'accept' }
    return { chain: { family, table, name: chain, handle: index + 1, ...(chain === 'user' ? {} : base) } }
  })
  return JSON.stringify({
    nftables: [{ metainfo: { version: '1.0.6', json_schema_version: 1 } }, ...objects],
  })
}
/** An nft that reads no lines, so that each list is a process. */
const readsNoLines = { 'nft -j -i': { exitCode: 1, stderr: 'CLI support not compiled in' } }
const empty = JSON.stringify({ nftables: [] })
const filter = '-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n'
const inFilter = 'ip filter FORWARD'

t.test('everything is read once, when first asked for', async t => {
  const programs = { 'nft -j -i': `${chains(inFilter)}\n${empty}\n`, iptables: filter }
  const host = fakeHost({ programs, files: { '/proc/x': '1' } })
  const look = createLook(host, facts('nf_tables'))
  t.same(host.ran, [], 'nothing before it is asked for')
  const [one, two] = await Promise.all([look.iptables('ipv4', 'filter'), look.iptables('ipv4', 'filter')])
  t.equal(one, two)
  host.disk.set('/proc/y', '2')
  t.equal(await look.file('/proc/x'), '1')
  host.disk.set('/proc/x', 'changed')
  t.equal(await look.file('/proc/x'), '1', 'and stays what it was')
  t.same(host.ran, [
    'nft -j -i < list chains; list table inet taskfence; list table inet taskfence_held; list table inet taskfence_host_held',
    'iptables -w 5 -t filter -S',
  ])
})

const table = (name: string): string =>
  `{"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": "${name}", "handle": 1}}]}`

t.test('what the daemon holds is told by the same process', async t => {
  const lines = [chains('inet taskfence_held forward'), table('taskfence'), table('taskfence_held')]
  const host = fakeHost({ programs: { 'nft -j -i': lines.join('\n') } })
  const look = createLook(host, facts('nf_tables'))
  t.match(await look.nft('inet', 'taskfence_held'), { name: 'taskfence_held' })
  t.equal(host.ran.length, 1, host.ran.join('\n'))
  const told = await nftOverview(host)
  t.equal(told.held('taskfence_host_held'), undefined)
})

t.test('what nft tells in one go, and what when it cannot', async t => {
  const [every, fence] = [chains(inFilter, 'inet taskfence forward'), chains('inet taskfence forward')]
  const inOne =
    'nft -j -i < list chains; list table inet taskfence; list table inet taskfence_held; list table inet taskfence_host_held'
  const alone = ['nft -j list chains', 'nft -j list table inet taskfence']
  const answers: readonly (readonly [behaviour: string, answer: Answer, ran: readonly string[]])[] = [
    ['both', `${every}\n\n${fence}\n`, [inOne]],
    [
      'with readline, which repeats the lines',
      `nft> list chains\n${every}\nnft> list table\n${fence}\nnft> `,
      [inOne],
    ],
    ['built to read no lines', { exitCode: 1, stderr: 'CLI support not compiled in' }, [inOne, ...alone]],
    ['no fence yet', { stdout: every, stderr: 'Error: No such file or directory' }, [inOne, ...alone]],
    ['it hangs', hangs, [inOne, ...alone]],
    ['silence', '', [inOne, ...alone]],
    ['what the daemon holds as well', `${every}\n${fence}\n${table('taskfence_held')}\n`, [inOne]],
    ['what it holds alone', `${every}\n${table('taskfence_held')}\n`, [inOne, ...alone]],
    ['more than was asked', `${every}\n${every}\n${fence}\n`, [inOne, ...alone]],
  ]
  for (const [behaviour, answer, ran] of answers) {
    const programs = { 'nft -j -i': answer, [alone[0] ?? '']: every, [alone[1] ?? '']: fence }
    const host = fakeHost({ programs })
    const told = await nftOverview(host)
    t.match([await told.chains(), await told.fence()], [{ stdout: every }, { stdout: fence }], behaviour)
    t.same(host.ran, ran, behaviour)
  }
  const none = fakeHost()
  const told = await nftOverview(none)
  t.match([await told.chains(), await told.fence()], [{ exitCode: 127 }, { exitCode: 127 }], 'not installed')
  t.same(none.ran, [inOne])
})

const names = { '/proc/net/ip_tables_names': 'filter\n' }

/** iptables-save is the same program as iptables. */
const sameFile = {
  iptables: '/usr/sbin/xtables-multi',
  'iptables-save': '/usr/sbin/xtables-multi',
}
const savedFilter = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'

t.test('what iptables-save tells, no table is asked for alone', async t => {
  const alone = ['iptables-save', 'iptables -w 5 -t filter -S']
  const cases: readonly (readonly [
    behaviour: string,
    backend: Backend,
    saved: Answer,
    found: FakeOptions['found'],
    ran: readonly string[],
  ])[] = [
    ['nf_tables', 'nf_tables', savedFilter, sameFile, ['iptables-save']],
    ['legacy', 'legacy', savedFilter, sameFile, ['iptables-save']],
    ['broken off', 'legacy', savedFilter.replace('COMMIT\n', ''), sameFile, alone],
    ['failed', 'legacy', { exitCode: 1 }, sameFile, alone],
    ['it hangs', 'legacy', hangs, sameFile, alone],
    ['it leaves the table out', 'legacy', '', sameFile, alone],
    ['another program', 'legacy', savedFilter, {}, ['iptables -w 5 -t filter -S']],
  ]
  for (const [behaviour, backend, saved, found, ran] of cases) {
    const programs = {
      ...readsNoLines,
      'nft -j list chains': chains(inFilter),
      'iptables-save': saved,
      iptables: filter,
    }
    const host = fakeHost({ programs, files: names, ...(found !== undefined && { found }) })
    const table = await createLook(host, facts(backend)).iptables('ipv4', 'filter')
    t.equal(table.chains.get('FORWARD')?.policy, 'DROP', behaviour)
    t.same(
      host.ran.filter(argv => argv.startsWith('iptables')),
      ran,
      behaviour,
    )
  }
})

t.test('without nft, a table that iptables-save does not name is not there', async t => {
  const host = fakeHost({ programs: { 'iptables-save': savedFilter, iptables: filter }, found: sameFile })
  const table = await createLook(host, facts('nf_tables')).iptables('ipv4', 'nat')
  t.same([...table.chains.keys()], ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'])
  t.notOk(
    host.ran.some(argv => argv.includes('-S')),
    'and listing it did not make it',
  )
})

t.test('only what is missing is to be installed', async t => {
  for (const [because, hint] of [
    ['iptables is not installed', 'install iptables'],
    ['`iptables --version` did not answer in 10 s', 'see what `iptables --version` says by hand'],
  ] as const) {
    const known = { ...facts('nf_tables'), iptables: null, unknown: { iptables: because } }
    const read = createLook(fakeHost({}), known).iptables('ipv4', 'nat')
    await t.rejects(read, { code: 'E_COMMAND', message: because, hint })
  }
})

t.test('a failure is remembered too', async t => {
  const host = fakeHost({ programs: { nft: { exitCode: 1, stderr: 'no' } } })
  const look = createLook(host, facts('nf_tables'))
  await t.rejects(look.nft('inet', 'mine'), { code: 'E_COMMAND' })
  await t.rejects(look.nft('inet', 'mine'), { code: 'E_COMMAND' })
  t.equal(host.ran.length, 3, 'both in one, the chains, the table')
})

const untouched: readonly (readonly [behaviour: string, backend: Backend, options: FakeOptions])[] = [
  [
    'nf_tables without the table',
    'nf_tables',
    { programs: { ...readsNoLines, 'nft -j list chains': empty } },
  ],
  [
    'a native table of the same name',
    'nf_tables',
    { programs: { ...readsNoLines, 'nft -j list chains': chains('inet filter forward') } },
  ],
  ['legacy without the table', 'legacy', { files: {} }],
  ['legacy with another table', 'legacy', { files: { '/proc/net/ip_tables_names': 'nat\n' } }],
]

for (const [behaviour, backend, options] of untouched)
  t.test(`a table that is not there is empty, and is not made by looking: ${behaviour}`, async t => {
    const host = fakeHost(options)
    const table = await createLook(host, facts(backend)).iptables('ipv4', 'filter')
    t.same([...table.chains.keys()], ['INPUT', 'FORWARD', 'OUTPUT'])
    t.ok([...table.chains.values()].every(({ policy, lines }) => policy === 'ACCEPT' && lines.length === 0))
    t.notOk(host.ran.some(argv => argv.startsWith('iptables')))
  })

t.test('nft tables', async t => {
  const options = { nft: { exitCode: 1, stderr: 'Error: No such file or directory' } }
  t.equal(
    await createLook(fakeHost({ programs: options }), facts('nf_tables')).nft('inet', 'other'),
    null,
    'no such table',
  )
  await t.rejects(
    createLook(fakeHost(), facts('nf_tables')).nft('inet', 'mine'),
    { code: 'E_COMMAND' },
    'nft is missing',
  )
})

const silent: readonly (readonly [
  behaviour: string,
  given: Partial<Facts>,
  answer: Answer,
  message: RegExp,
])[] = [
  [
    'not installed',
    { iptables: null, unknown: { iptables: 'iptables is not installed' } },
    filter,
    /^iptables is not installed$/,
  ],
  [
    'installed, and did not answer the detector',
    { iptables: null, unknown: { iptables: 'it hung' } },
    filter,
    /^it hung$/,
  ],
  [
    'the lock is held',
    {},
    { exitCode: 4, stderr: 'Another app is currently holding the xtables lock' },
    /exit code 4: Another/,
  ],
  ['it hangs', {}, hangs, /did not answer/],
  ['garbage', {}, 'Usage: iptables', /not a line of iptables -S/],
]

for (const [behaviour, given, iptables, message] of silent)
  t.test(`iptables could not tell: ${behaviour}`, async t => {
    const host = fakeHost({ programs: { ...readsNoLines, 'nft -j list chains': chains(inFilter), iptables } })
    const look = createLook(host, { ...facts('nf_tables'), ...given })
    await t.rejects(look.iptables('ipv4', 'filter'), { message })
  })

type Files = NonNullable<FakeOptions['files']>

/** A kernel whose nf_tables is a module, and not loaded. */
const builtIn = '/lib/modules/4.14.355-280.652.amzn2.x86_64/modules.builtin'
const modules = {
  '/proc/sys/kernel/osrelease': '4.14.355-280.652.amzn2.x86_64\n',
  '/proc/modules': 'ip_tables 28672 1 iptable_filter, Live 0x0\nnf_tables_set 16384 0 - Live 0x0\n',
  [builtIn]: 'kernel/net/netfilter/nf_conntrack.ko\n',
}
const present = (files: Readonly<Record<string, string | typeof unreadable | null>>): Files =>
  Object.fromEntries(Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== null))

const unread: readonly (readonly [
  behaviour: string,
  backend: Backend,
  options: FakeOptions,
  unread: readonly RegExp[],
])[] = [
  [
    'all read',
    'nf_tables',
    { programs: { ...readsNoLines, 'nft -j list chains': chains(inFilter), iptables: filter } },
    [],
  ],
  [
    'no nft, legacy, and a kernel without nf_tables',
    'legacy',
    { files: { ...names, ...modules }, programs: { iptables: filter } },
    [],
  ],
  ...(
    [
      ['has it loaded', { '/proc/modules': 'nf_tables 278528 0 - Live 0x0\n' }],
      ['has it built in', { [builtIn]: 'kernel/net/netfilter/nf_tables.ko\n' }],
      ['has it built in, packed', { [builtIn]: 'kernel/net/netfilter/nf_tables.ko.xz\n' }],
      ['does not tell what is loaded', { '/proc/modules': null }],
      ['does not tell what is built in', { [builtIn]: null }],
      ['tells nothing of what is built in', { [builtIn]: '' }],
      ['cannot be read', { [builtIn]: unreadable }],
    ] as const
  ).map(
    ([behaviour, files]) =>
      [
        `no nft, legacy, and a kernel that ${behaviour}`,
        'legacy',
        { files: present({ ...names, ...modules, ...files }), programs: { iptables: filter } },
        [/^tables of nftables: nft is not installed$/],
      ] as const,
  ),
  [
    'no nft, legacy',
    'legacy',
    { files: names, programs: { iptables: filter } },
    [/^tables of nftables: nft is not/],
  ],
  [
    'no nft, nf_tables',
    'nf_tables',
    { programs: { iptables: filter, ip6tables: filter } },
    [/^native tables of nftables/],
  ],
  [
    'nft fails',
    'legacy',
    { programs: { nft: { exitCode: 1, stderr: 'netlink' } } },
    [/^tables of nftables: .*netlink/],
  ],
  [
    'a table that cannot be listed',
    'nf_tables',
    { programs: { nft: hangs, ...readsNoLines, 'nft -j list chains': chains('inet mine forward') } },
    [/^inet mine: .*did not answer/],
  ],
  [
    'rules in the backend nobody uses, and no program for it',
    'nf_tables',
    { files: names, programs: { ...readsNoLines, 'nft -j list chains': empty } },
    [/^legacy ipv4 filter: `iptables-legacy` is not installed/],
  ],
  [
    'the list of legacy tables is not for us',
    'nf_tables',
    {
      files: { '/proc/net/ip_tables_names': unreadable },
      programs: { ...readsNoLines, 'nft -j list chains': empty },
    },
    [/^tables of legacy iptables: .*EIO/],
  ],
]

for (const [behaviour, backend, options, reasons] of unread)
  t.test(`the whole rule set never rejects: ${behaviour}`, async t => {
    const ruleset = await createLook(fakeHost(options), facts(backend)).ruleset()
    t.equal(ruleset.unread.length, reasons.length)
    reasons.forEach((reason, index) => t.match(ruleset.unread[index], reason))
  })

const rules = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `-A user -s 10.0.${index >> 8}.${index & 255}/32 -j DROP\n`,
  ).join('')

t.test('a crowded table is read again only when something changed', async t => {
  let listed = 'table ip filter { chain FORWARD { } } # handle 1'
  const crowd = { crowd: 6000 }
  const host = fakeHost({
    programs: {
      ...readsNoLines,
      'nft -j list chains': chains(inFilter, 'ip filter user'),
      'nft -a -s -i': () => listed,
      iptables: () => `${filter}-N user\n${rules(crowd.crowd)}`,
    },
  })
  const memory = createMemory()
  const look = () => createLook(host, facts('nf_tables'), memory).iptables('ipv4', 'filter')
  const reads = () => host.ran.filter(argv => argv.startsWith('iptables')).length

  const first = await look()
  await look()
  const before = reads()
  t.equal(await look(), await look(), 'the same table')
  t.equal(reads(), before, 'without reading it')
  listed += ' # handle 2'
  crowd.crowd += 1
  t.not(await look(), first)
  t.equal(reads(), before + 1, 'a change is seen')
  crowd.crowd = 3
  listed += ' # handle 3'
  await look()
  await look()
  await look()
  t.ok(reads() >= before + 3, 'a small table is simply read')
})

t.test("in a crowded table Docker's own chain is asked for though nobody jumps to it", async t => {
  const host = fakeHost({
    programs: {
      ...readsNoLines,
      'nft -j list chains': chains(inFilter, 'ip filter user', 'ip filter DOCKER-USER'),
      'nft -a -s -i': 'the same',
      iptables: `${filter}-N user\n-N DOCKER-USER\n${rules(6000)}-A DOCKER-USER -j RETURN\n`,
    },
  })
  const memory = createMemory()
  const look = () => createLook(host, facts('nf_tables'), memory).iptables('ipv4', 'filter')
  await look()
  await look()
  t.match(
    host.ran.find(argv => argv.startsWith('nft -a -s -i')),
    /list chain ip filter DOCKER-USER/,
  )
})

t.test('where one table is crowded, none is read as a whole', async t => {
  const many = '-A X -j RETURN\n'.repeat(6000)
  const crowded = (name: string, rules: string) =>
    savedFilter.replace('filter', name).replace('COMMIT', `:X - [0:0]\n${rules}COMMIT`)
  for (const [backend, listed] of [
    ['nf_tables', many],
    ['nf_tables', ''],
    ['legacy', many],
  ] as const) {
    const saved = crowded('filter', listed)
    const programs = {
      ...readsNoLines,
      'nft -j list chains': chains(inFilter),
      'nft -a -s -i': 'the same',
      'iptables-save': saved,
      iptables: `${filter}-N X\n${listed}`,
    }
    const host = fakeHost({ programs, files: names, found: sameFile })
    const memory = createMemory()
    const look = async () => {
      host.ran.length = 0
      await createLook(host, facts(backend), memory).iptables('ipv4', 'filter')
      return host.ran.filter(argv => /^iptables|-a -s/.test(argv))
    }
    t.same(await look(), ['iptables-save'])
    await look()
    const isFlat = backend === 'nf_tables' && listed !== ''
    t.same(
      await look(),
      isFlat
        ? [
            'nft -a -s -i < list chain ip filter FORWARD; list chain ip filter INPUT; list chain ip filter OUTPUT',
          ]
        : ['iptables-save'],
    )
  }
})
