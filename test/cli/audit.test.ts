import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { chained, hashOf, headOf, walk } from '../../src/cli/audit/chain.js'
import { eventsOfApply } from '../../src/cli/audit/events.js'
import { appendEvents, type AuditInput } from '../../src/cli/audit/log.js'
import { nodeJournal } from '../../src/host/node-journal.js'
import type { AuditEvent } from '../../src/model/audit.js'
import { changed, drifted, entries, failed, inSync, report } from '../report/sample.js'
import { fakeHost, taskfence } from './fakes.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const event = (what = 'delete rule ip filter DOCKER-USER'): AuditEvent => ({
  at: '2025-03-04T05:06:07.100Z',
  by: 'watch',
  entry: 'iptables filter/DOCKER-USER -j DROP',
  controls: ['imds-bridge'],
  from: null,
  to: 'present',
  seen: '2025-03-04T05:06:07.000Z',
  stoodMs: 21,
  action: 'repaired',
  trigger: 'nft-monitor',
  what,
  who: { pid: 812, command: 'iptables -F', unit: 'session-1.scope' },
  during: null,
  contested: false,
})

const linesFor = (count: number): readonly string[] =>
  chained(
    Array.from({ length: count }, (_, index) => event(`event ${index}`)),
    null,
  )
    .text.trimEnd()
    .split('\n')
const walkOf = (lines: readonly string[], cutAt = lines.length) =>
  walk(
    [lines.slice(0, cutAt), lines.slice(cutAt)].map((part, index) => ({
      file: `file ${index}`,
      text: part.map(line => `${line}\n`).join(''),
    })),
    null,
  )

t.test('a chain is whole over files, from wherever it begins', async t => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(12), fc.nat(11), (count, cutAt, gone) => {
      const { breaks, records } = walkOf(linesFor(count).slice(gone), Math.max(0, cutAt - gone))
      return breaks.length === 0 && records.length === Math.max(0, count - gone)
    }),
  )
  t.same(walk([], null), { records: [], files: [], breaks: [], torn: [] })
})

t.test('whatever is done to a line but the last shows, and where', async t => {
  const tampers: readonly ((lines: readonly string[], at: number) => readonly string[])[] = [
    (lines, at) => lines.toSpliced(at, 1, lines[at]?.replace('repaired', 'reported') ?? ''),
    (lines, at) => lines.toSpliced(at, 1, lines[at]?.replace('812', '813') ?? ''),
    (lines, at) =>
      at === 0 ? lines.toSpliced(0, 2, ...lines.slice(0, 2).reverse()) : lines.toSpliced(at, 1),
    (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''),
    (lines, at) => lines.toSpliced(at, 0, 'garbage'),
    (lines, at) => lines.toSpliced(at, 1, 'garbage'),
  ]
  fc.assert(
    fc.property(
      fc.integer({ min: 3, max: 9 }),
      fc.nat(100),
      fc.constantFrom(...tampers),
      (count, where, tamper) => {
        const at = where % (count - 1)
        const { breaks } = walkOf(tamper(linesFor(count), at))
        return breaks.length > 0 && (breaks[0]?.line ?? 0) >= at && (breaks[0]?.line ?? 0) <= at + 2
      },
    ),
  )
  t.pass()
})

t.test('the end cut off shows where the daemon told its head', async t => {
  const lines = linesFor(3)
  const text = lines.slice(0, 2).join('\n')
  const told = { number: 3, hash: hashOf(lines[2] ?? '') }
  t.match(walk([{ file: 'log', text }], told).breaks, [{ file: 'log', line: 0, why: /record 3/ }])
  t.same(walk([{ file: 'log', text: lines.join('\n') }], told).breaks, [])
})

t.test('what a power cut leaves is a line of its own, and no break', async t => {
  const [first = '', second = ''] = linesFor(2)
  const torn = `${first}\n${second.slice(0, 40)}`
  const { text } = chained([event('later')], headOf(torn, null))
  const proof = walk([{ file: 'log', text: `${torn}\n${text}` }], null)
  t.same(proof.breaks, [])
  t.match(proof.torn, [{ line: 2 }])
  t.equal(proof.records.length, 2)
})

/** A log in a folder of this machine, with a lock that is none of the kernel's. */
function log(t: Test, policy = { megabytes: 1, files: 3 }) {
  const folder = join(t.testdir(), 'log')
  mkdirSync(folder, { mode: 0o700 })
  const input: AuditInput = {
    host: fakeHost(),
    folder,
    journal: nodeJournal,
    policy,
    holder: { pid: 1, command: 'test' },
    known: null,
  }
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return { folder, input, read, add: (...events: readonly AuditEvent[]) => appendEvents(events, input) }
}

t.test('a log that grows past its size is put aside, and the chain goes on', async t => {
  const { folder, add, read } = log(t)
  const crowd = Array.from({ length: 1200 }, (_, index) => event(`event ${index} ${'x'.repeat(300)}`))
  for (let part = 0; part < 10; part += 1) await add(...crowd.slice(part * 120, (part + 1) * 120))
  for (let part = 0; part < 10; part += 1) await add(...crowd.slice(part * 120, (part + 1) * 120))
  for (let part = 0; part < 10; part += 1) await add(...crowd.slice(part * 120, (part + 1) * 120))
  const names = ['audit.jsonl.2', 'audit.jsonl.1', 'audit.jsonl']
  for (const name of names) t.ok(statSync(join(folder, name)).size <= 1024 * 1024, name)
  t.throws(() => statSync(join(folder, 'audit.jsonl.3')), 'the oldest goes')
  const { breaks, records } = walk(
    names.map(file => ({ file, text: read(file) })),
    null,
  )
  t.same(breaks, [])
  t.equal(records.at(-1)?.number, 3600)
  t.equal(statSync(join(folder, 'audit.jsonl')).mode & 0o777, 0o600)
})

t.test('what was taken out stays found out when the log goes on', async t => {
  const { folder, input, add, read } = log(t)
  const path = join(folder, 'audit.jsonl')
  const known = await add(event('one'), event('two'), event('three'))
  const lines = read('audit.jsonl').split('\n')
  const proofAfter = async (text: string | null, head = known) => {
    if (text === null) rmSync(path, { force: true })
    else writeFileSync(path, text)
    await appendEvents([event('later')], { ...input, known: head })
    return walk([{ file: 'log', text: read('audit.jsonl') }], null)
  }
  t.same((await proofAfter(lines.join('\n'))).breaks, [], 'nothing was')
  t.match((await proofAfter(`${lines[0]}\n`)).breaks, [{ line: 2 }], 'the end')
  t.match(
    (await proofAfter(`${lines[0]}\n${lines[1]}\n${lines[2]?.replace('three', 'four')}\n`)).breaks,
    [{ line: 4 }],
    'the last one changed',
  )
  const all = await proofAfter(null)
  t.match(all.records, [{ number: 4, previous: known?.hash ?? '' }], 'all of it: it goes on where it was')

  const crowd = linesFor(500).map(line => `${line}\n`)
  const early = { number: 3, hash: hashOf(linesFor(3)[2] ?? '') }
  t.same(
    (await proofAfter(crowd.join(''), early)).breaks,
    [],
    'others may have written since, more than is read',
  )
})

t.test('two who write at once make one chain', async t => {
  const { add, read } = log(t)
  await Promise.all(Array.from({ length: 8 }, (_, index) => add(event(`writer ${index}`))))
  const { breaks, records } = walk([{ file: 'log', text: read('audit.jsonl') }], null)
  t.same(breaks, [])
  t.equal(records.length, 8)
})

t.test('no link is followed', async t => {
  const { folder, add } = log(t)
  writeFileSync(join(folder, 'elsewhere'), 'theirs\n')
  symlinkSync('elsewhere', join(folder, 'audit.jsonl'))
  await t.rejects(add(event()), { code: 'E_FILE' })
  t.equal(readFileSync(join(folder, 'elsewhere'), 'utf8'), 'theirs\n')
})

t.test('what apply writes down: what it changed and what it could not', async t => {
  const outcomes = [
    changed(entries.literal),
    inSync(entries.fence),
    failed(entries.route),
    drifted({ ...entries.base, reportOnly: true }),
  ]
  t.match(eventsOfApply(report({ outcomes }), new Date(0)), [
    { entry: entries.literal.id, by: 'apply', action: 'repaired', from: null, to: 'present' },
    { entry: entries.route.id, action: 'failed', because: String },
  ])
})

t.test('audit lists, and verifies', async t => {
  const lines = linesFor(2)
  const path = '/var/log/taskfence/audit.jsonl'
  const files = { [path]: `${lines.join('\n')}\n` }
  const listed = await taskfence(['audit'], { files })
  t.match(
    listed.stdout,
    /2025-03-04 05:06:07\.000 UTC {2}put back after 21 ms\n {6}by pid 812 in session-1\.scope: iptables -F \(event 0\)\n {4}iptables filter\/DOCKER-USER -j DROP\n {8}absent → present/,
  )
  t.equal(listed.exit, 0)
  const asJson = JSON.parse((await taskfence(['audit', '--format', 'json'], { files })).stdout) as object
  t.match(asJson, { schemaVersion: 1, records: [{ number: 1 }, { number: 2 }] })

  for (const [name, text, exit, says] of [
    ['whole', lines.join('\n'), 0, /The chain is whole: 2 records in 1 file\./],
    ['rotated', lines[1], 0, /whole: 1 record in 1 file, from number 2 on/],
    [
      'edited',
      lines.join('\n').replace('event 0', 'event 9'),
      1,
      /audit\.jsonl:2: the line before it[\s\S]*breaks in 1 place/,
    ],
    ['none', undefined, 3, /there is no audit log/],
  ] as const) {
    const verified = await taskfence(['audit', '--verify'], {
      files: text === undefined ? {} : { [path]: text },
    })
    t.equal(verified.exit, exit, name)
    t.match(verified.stdout, says, name)
  }
  const proof = JSON.parse(
    (await taskfence(['audit', '--verify', '--format', 'json'], { files })).stdout,
  ) as object
  t.match(proof, { schemaVersion: 1, whole: true, records: 2, breaks: [] })
})
