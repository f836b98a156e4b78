import type { IptablesRule } from '../../src/model/resource.js'
import { CommandError } from '../../src/model/errors.js'
import { observe } from '../../src/engine/observe.js'
import { apply, outcomesOfCheck } from '../../src/engine/apply.js'
import { diff } from '../../src/engine/observe.js'
import { createLook } from '../../src/look/create-look.js'
import type { DesiredEntry } from '../../src/model/desired.js'
import { kindOf } from '../../src/resources/index.js'
import { inLab, type Rig } from './rig.js'

const rule: IptablesRule = {
  kind: 'iptables-rule',
  family: 'ipv4',
  table: 'filter',
  chain: 'DOCKER-USER',
  position: 'head',
  match: ['-d', '169.254.169.254/32', '-i', 'docker+'],
  target: ['-j', 'DROP'],
  tag: 'taskfence-fault',
}
const entry: DesiredEntry = { id: kindOf(rule).id(rule), resource: rule, state: 'present', controls: ['one'] }

/** In the place of a program: what it does instead. */
const instead = (rig: Rig, program: string, script: string) =>
  rig.host.files.write(`/run/lab/bin/${program}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 })

const faults: readonly (readonly [behaviour: string, script: string, message: RegExp])[] = [
  ['exit code 4 is never "absent"', 'echo "xtables lock" >&2; exit 4', /exit code 4: xtables lock/],
  ['exit code 1', 'echo "iptables: Chain already exists." >&2; exit 1', /exit code 1: iptables: Chain/],
  ['a crash', 'kill -SEGV $$', /./],
  ['an answer that is none', 'echo "Usage: iptables"', /not a line of iptables -S/],
  [
    'a table that it cannot print, with exit code 0',
    String.raw`echo "# Table \`filter' is incompatible, use 'nft' tool."`,
    /cannot print this table/,
  ],
  ['half an answer', 'printf "%s\\n" "-P INPUT ACCEPT" "-A DOCKER-US"', /not a line of iptables -S/],
]

inLab('iptables that cannot tell', {}, async (t, rig) => {
  for (const [behaviour, script, message] of faults) {
    await instead(rig, 'iptables', script)
    const [seen] = await observe({ entries: [entry], skipped: [] }, createLook(rig.host, rig.facts))
    t.match(seen, { error: { message } }, behaviour)
    t.match(
      outcomesOfCheck(diff(seen === undefined ? [] : [seen])),
      [{ status: 'unknown' }],
      `${behaviour}: unknown`,
    )
    await t.rejects(rig.write([rule, 'present']), { message }, `${behaviour}: nothing is written`)
  }
})

inLab('warnings do not matter', {}, async (t, rig) => {
  const warning = "echo '# Warning: iptables-legacy tables present, use iptables-legacy to see them' >&2"
  for (const [program, real] of [
    ['iptables', 'iptables-nft'],
    ['iptables-restore', 'iptables-nft-restore'],
  ] as const)
    await instead(rig, program, `${warning}\nexec ${real} "$@"`)
  await rig.write([rule, 'present'])
  t.equal(await rig.read(rule, 'present'), 'present')
})

inLab('iptables-restore that fails', {}, async (t, rig) => {
  const before = await rig.listing()
  for (const [script, message] of [
    [
      'echo "Another app is holding the xtables lock" >&2; exit 4',
      /iptables-restore.*exit code 4: Another app/,
    ],
    ['echo "line 2 failed" >&2; exit 1', /exit code 1: line 2 failed/],
  ] as const) {
    await instead(rig, 'iptables-restore', script)
    const failures = await apply(diff([{ entry, observed: null }]), rig.host)
    t.match([...failures.values()], [{ message }])
    t.ok(failures.get(entry.id) instanceof CommandError)
  }
  t.equal(await rig.listing(), before)
  t.ok(
    rig.ran.filter(argv => argv.startsWith('iptables-restore')).length <= 4,
    'exit code 4 is not tried again at once',
  )
})

inLab('somebody holds the xtables lock', { backend: 'legacy' }, async (t, rig) => {
  await rig.write([rule, 'present'])
  const holder = await rig.host.start({
    file: 'flock',
    args: ['/run/xtables.lock', 'sh', '-c', 'echo held; exec cat'],
  })
  t.teardown(() => holder.stop())
  t.equal(await holder.line(5000), 'held')
  t.equal(await rig.read(rule, 'present'), 'present', 'iptables-save needs no lock')
  await instead(rig, 'iptables-save', 'exit 1')
  const began = Date.now()
  const told = await rig.read(rule, 'present').catch((error: unknown) => error)
  t.match(told, { code: 'E_COMMAND', result: { exitCode: 4 }, hint: /xtables lock/ }, 'it could not be told')
  await t.rejects(rig.write([rule, null]), { code: 'E_COMMAND', hint: /xtables lock/ }, 'nor written')
  t.ok(Date.now() - began < 18_000, 'each after the five seconds that -w 5 waits')
  await holder.stop()
  t.equal(await rig.read(rule, 'present'), 'present', 'and stands all the while')
})
