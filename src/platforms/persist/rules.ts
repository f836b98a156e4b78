import type { DesiredEntry } from '../../model/desired.js'
import type { IptablesRule } from '../../model/resource.js'
import type { Platform, RestoreService, Twin } from '../platform.js'
import { entriesOf, isWanted, twinOf, unitTwins, type Bootable, type EntryOf } from './twin.js'
import { mainUnit, paths } from './units.js'

/**
 * Literal rules come back by this program at boot; where the system restores its own, whose restart flushes everything
 * it did not load, they stand in its file too.
 */
export function persistRules(
  platform: Platform,
  runtime: readonly DesiredEntry[],
  around: Bootable,
): readonly Twin[] {
  const rules = entriesOf(runtime, 'iptables-rule')
  return [
    ...platform.restores.flatMap(restore => linesIn(restore, rules, runtime, around)),
    ...modules(rules, around),
    ...program(runtime, around),
  ]
}

function linesIn(
  { unit, family, path }: RestoreService,
  rules: readonly EntryOf<'iptables-rule'>[],
  runtime: readonly DesiredEntry[],
  { boot }: Bootable,
): readonly Twin[] {
  const entries = rules.filter(({ resource }) => resource.family === family)
  if (entries.length === 0 || boot.units[unit]?.enabled !== true) return []
  const wanted = entries.filter(entry => isWanted(entry) && entry.reportOnly !== true)
  const chains = new Set(entriesOf(runtime, 'iptables-chain').map(({ resource: { chain } }) => chain))
  const tags = [...new Set(entries.map(({ resource }) => resource.tag))]
  const lines = wanted.map(({ resource }) => ({
    table: resource.table,
    chain: resource.chain,
    leadsTo: resource.target.find(word => chains.has(word)) ?? null,
    position: resource.position,
    text: lineOf(resource),
  }))
  return [
    twinOf(
      entries,
      { kind: 'rules-file-lines', path, family, tags, lines },
      lines.length === 0 ? null : 'present',
    ),
  ]
}

const lineOf = ({ chain, match, target, tag }: IptablesRule): string =>
  ['-A', chain, ...match, '-m', 'comment', '--comment', tag, ...target].join(' ')

/** Legacy iptables would load its modules itself, which the sandbox of the unit does not allow. */
function modules(rules: readonly EntryOf<'iptables-rule'>[], { facts, complete }: Bootable): readonly Twin[] {
  if (facts.iptables?.backend !== 'legacy' || rules.length === 0 || !complete) return []
  const names = rules.filter(isWanted).map(({ resource: { family, table } }) => {
    return `${family === 'ipv4' ? 'iptable' : 'ip6table'}_${table}\n`
  })
  const text = names.length === 0 ? null : `# Made by taskfence\n${[...new Set(names)].sort().join('')}`
  return [twinOf(rules, { kind: 'file', path: paths.modules, mode: 0o644 }, text)]
}

/** It carries out the whole policy, so a run that was asked for some controls alone does not enable it. */
function program(runtime: readonly DesiredEntry[], around: Bootable): readonly Twin[] {
  const { boot, complete } = around
  const name = 'taskfence.service'
  if (!complete || runtime.length === 0 || (boot.program === null && boot.units[name] === undefined))
    return []
  const text = mainUnit(boot.program ?? '/usr/bin/taskfence')
  return unitTwins(runtime, { name, text, wantedBy: ['multi-user.target'] }, runtime.some(isWanted), around)
}
