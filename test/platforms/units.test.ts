import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { fenceUnit, hostUnit, mainUnit } from '../../src/platforms/persist/units.js'
import { lookUp } from '../lab/tools.js'

/** The most exposure that each may have, as systemd-analyze rates it. */
const units = [
  { name: 'taskfence-fence.service', text: fenceUnit, most: 2.5 },
  { name: 'taskfence-host.service', text: hostUnit, most: 2.5 },
  { name: 'taskfence.service', text: mainUnit('/usr/bin/taskfence'), most: 3.2 },
] as const

t.test('systemd/ has the units that apply would write', async t => {
  for (const { name, text } of units) {
    if (process.env['GOLDEN'] === 'write') writeFileSync(`systemd/${name}`, text)
    t.equal(readFileSync(`systemd/${name}`, 'utf8'), text, `systemd/${name}; GOLDEN=write makes it anew`)
  }
})

const analyze = lookUp('systemd-analyze')
const skip = analyze === undefined && 'NOT TESTED: systemd-analyze is not installed'

t.test('systemd has nothing to say about them', { skip }, async t => {
  for (const { name, text } of units) {
    // In a root of its own, where the programs are that the units start.
    const root = t.testdir({
      bin: { kill: '#!' },
      usr: { sbin: { nft: '#!' }, bin: { taskfence: '#!' }, lib: { systemd: { system: { [name]: text } } } },
    })
    for (const program of ['bin/kill', 'usr/sbin/nft', 'usr/bin/taskfence'])
      chmodSync(join(root, program), 0o755)
    mkdirSync(join(root, 'etc'))
    const ran = run('verify', '--man=no', '--recursive-errors=no', `--root=${root}`, name)
    t.equal(ran, '', `${name}: verify is silent`)
  }
})

t.test('how exposed they are', { skip }, async t => {
  for (const { name, text, most } of units) {
    const root = t.testdir({ [name]: text })
    const rated = /exposure level for \S+: ([\d.]+)/.exec(run('security', '--offline=true', join(root, name)))
    const exposure = Number(rated?.[1] ?? NaN)
    t.ok(exposure <= most, `${name}: ${exposure}, at most ${most}`)
  }
})

t.test('what is in them', async t => {
  const texts = units.map(({ text }) => text).join('\n')
  t.notMatch(texts, /^ExecStop/m, 'stopping them opens nothing')
  t.notMatch(texts, /^SystemCallFilter=[^~]/m, 'no list of what is allowed: systemd 219 knows no groups')
  for (const { name, text } of units)
    t.match(text, /^Before=.*docker\.service ecs\.service/m, `${name}: before tasks`)
  for (const text of [fenceUnit, hostUnit])
    t.same(
      [...new Set(text.match(/\/usr\/s?bin\/\S+/g))],
      ['/usr/sbin/nft'],
      'a fence needs nft, and nothing else',
    )
})

function run(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(analyze ?? '', args, { encoding: 'utf8', env: { LC_ALL: 'C' } })
  return `${stdout}${stderr}`
}
