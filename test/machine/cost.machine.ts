import { loadavg } from 'node:os'
import t from 'tap'
import { bootMachine, type Machine } from './machine.js'
import { whyNoRoot } from './roots.js'

// What the units cost a boot: when docker.service starts, without them, with the fence, and with the daemon too. Boots of
// the three take turns; figures are told, not judged, as nobody knows what else this machine does.

t.setTimeout(600_000)

const root = 'trixie-docker'
const rounds = 5
const units = ['taskfence-fence.service', 'taskfence-host.service', 'taskfence.service'] as const
const [fence, , daemon] = units

const ways = [
  { name: 'without', masked: units },
  { name: 'with the fence', masked: [daemon] },
  { name: 'with the fence and the daemon', masked: [] },
] as const

t.test('boot cost', { skip: whyNoRoot(root) ?? false }, async t => {
  t.setTimeout(600_000)
  const machine = await bootMachine({ root, installed: true })
  t.teardown(() => machine.stop())
  // As it is once a task has run: all three units are there.
  await machine.must(['systemctl', 'start', 'ecstasks.slice'])
  const applied = await machine.taskfence(['apply'])
  t.equal(applied.exitCode, 0, applied.stdout)

  const docker = new Map<string, readonly number[]>(ways.map(({ name }) => [name, []]))
  const own = new Map<string, readonly number[]>(units.map(name => [name, []]))
  const add = (to: Map<string, readonly number[]>, name: string, figure: number) =>
    to.set(name, [...(to.get(name) ?? []), figure])
  for (let round = 0; round < rounds; round += 1)
    for (const { name, masked } of ways) {
      await machine.must(['systemctl', 'unmask', '--quiet', ...units])
      if (masked.length > 0) await machine.must(['systemctl', 'mask', '--quiet', ...masked])
      await machine.reboot()
      add(docker, name, (await at(machine, 'InactiveExit', 'docker.service')) - (await booted(machine)))
      for (const unit of units) {
        const isMasked = masked.some(other => other === unit)
        const { stdout } = await machine.run(['systemctl', 'is-active', unit])
        t.equal(stdout.trim(), isMasked ? 'inactive' : 'active', `${name}: ${unit}`)
        if (!isMasked)
          add(own, unit, (await at(machine, 'ActiveEnter', unit)) - (await at(machine, 'InactiveExit', unit)))
      }
    }

  const first = median(docker.get('without') ?? [])
  for (const [name, figures] of docker)
    t.comment(
      `docker.service starts ${name}: ${told(figures)} after systemd has begun, ${(median(figures) / first).toFixed(2)} x`,
    )
  for (const [unit, figures] of own) t.comment(`${unit}: ${told(figures)} of its own`)
  const without = docker.get('without') ?? []
  const added = (docker.get('with the fence') ?? []).map((figure, round) => figure - (without[round] ?? NaN))
  const load = loadavg()[0]?.toFixed(1) ?? '?'
  t.comment(`the fence adds ${told(added)} to a boot (aim: 50), boot by boot, at a load of ${load}`)
  t.ok(own.get(fence)?.length, 'the fence was measured')
})

/** In milliseconds of the clock that all units share. */
async function at(machine: Machine, when: string, unit: string): Promise<number> {
  const property = `--property=${when}TimestampMonotonic`
  return Number(await machine.must(['systemctl', 'show', '--value', property, unit])) / 1000
}

/** When systemd had begun. */
const booted = async (machine: Machine): Promise<number> =>
  Number(await machine.must(['systemctl', 'show', '--value', '--property=UserspaceTimestampMonotonic'])) /
  1000

const median = (figures: readonly number[]): number =>
  [...figures].sort((one, other) => one - other)[Math.floor(figures.length / 2)] ?? NaN

const told = (figures: readonly number[]): string =>
  `${median(figures).toFixed(0)} ms (${Math.min(...figures).toFixed(0)} to ${Math.max(...figures).toFixed(0)})`
