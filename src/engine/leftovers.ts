import { controls as allControls } from '../controls/index.js'
import type { Context } from '../controls/control.js'
import type { Look } from '../look/look.js'
import type { DesiredEntry } from '../model/desired.js'
import { isResourceError } from '../model/errors.js'
import type { Note } from '../model/report.js'
import type { Resource } from '../model/resource.js'
import type { Before } from '../model/trace.js'
import { sameRule } from '../netfilter/parse-iptables.js'
import { paths } from '../platforms/persist/units.js'
import { kindOf } from '../resources/index.js'
import { desire } from './desire.js'

/** What a revert does not take away, and what that means. Reads only. */
export async function leftovers(
  context: Omit<Context, 'mode'>,
  record: readonly Before[],
  look: Look,
): Promise<readonly Note[]> {
  const enforced = Object.fromEntries(allControls.map(({ id }) => [id, 'enforce'] as const))
  const controls = allControls.filter(({ os = 'linux' }) => os === context.facts.os.family)
  const policy = { ...context.policy, controls: enforced }
  const { entries } = desire({ ...context, policy }, controls)
  const isRecorded = (of: Resource) => record.some(({ resource }) => idOf(resource) === idOf(of))
  const texts = await Promise.all([
    ...entries.map(entry => ofEntry(entry, isRecorded(entry.resource), look)),
    legacyTables(look),
    yours(look),
  ])
  const elsewhere = (look.facts.rules?.elsewhere ?? []).flatMap(rule =>
    rule.includes('taskfence') ? [`${rule} stays: the other backend of iptables shows it`] : [],
  )
  return [...texts.flat(), ...agent(record), ...elsewhere].map(text => ({ text }))
}

const idOf = (resource: Resource): string => kindOf(resource).id(resource)

async function ofEntry(
  { resource, state }: DesiredEntry,
  isRecorded: boolean,
  look: Look,
): Promise<readonly string[]> {
  try {
    if (resource.kind === 'iptables-rule') return await foreignCopies(resource, look)
    if (isRecorded) return []
    if (resource.kind === 'agent-setting' && state !== null) return await ofSetting(resource, look)
    return resource.kind === 'sysctl' ? await ofSysctl(resource, look) : []
  } catch (error) {
    if (isResourceError(error)) return [`could not tell what stays of ${idOf(resource)}: ${error.message}`]
    throw error
  }
}

async function foreignCopies(
  resource: Extract<Resource, { readonly kind: 'iptables-rule' }>,
  look: Look,
): Promise<readonly string[]> {
  const { chains } = await look.iptables(resource.family, resource.table)
  const tokens = [...resource.match, ...resource.target]
  const foreign = (chains.get(resource.chain)?.lines ?? []).filter(
    ({ comment, tokens: found }) => comment?.startsWith('taskfence-') !== true && sameRule(found, tokens),
  )
  const tool = resource.family === 'ipv4' ? 'iptables' : 'ip6tables'
  return foreign
    .slice(0, 1)
    .map(
      ({ text }) =>
        `stays: ${tool} -t ${resource.table} ${text}: it is not ours (ecs-init, Docker or a person made it), and goes on working`,
    )
}

async function ofSetting(
  resource: Extract<Resource, { readonly kind: 'agent-setting' }>,
  look: Look,
): Promise<readonly string[]> {
  const value = await kindOf(resource).read(resource, look, null)
  return value === null
    ? []
    : [`stays: ${resource.name}=${value} in ${resource.path}: it stood there before, or nobody recorded it`]
}

/** Written by us as soon as our file stands; where it does not, nobody here set it. */
async function ofSysctl(
  resource: Extract<Resource, { readonly kind: 'sysctl' }>,
  look: Look,
): Promise<readonly string[]> {
  if ((await look.host.files.stat(paths.sysctl)) === null) return []
  const value = await kindOf(resource).read(resource, look, null)
  return [
    `stays until the next boot: ${resource.key} = ${value ?? 'absent'}: what it was before is not recorded; with 1 neighbours reach 127.0.0.1 of this host (CVE-2020-8558), and \`sysctl -w ${resource.key}=0\` ends that`,
  ]
}

async function legacyTables({ facts, host }: Look): Promise<readonly string[]> {
  if (facts.iptables?.backend !== 'legacy') return []
  const names = (await host.files.read('/proc/net/ip_tables_names')) ?? ''
  return names.trim() === ''
    ? []
    : ['stay until the next boot: empty tables of legacy iptables, which nobody can take away']
}

async function yours({ host }: Look): Promise<readonly string[]> {
  const paths = ['/etc/taskfence/policy.json', '/var/log/taskfence']
  const standing = await Promise.all(paths.map(path => host.files.stat(path)))
  return paths.flatMap((path, index) => (standing[index] === null ? [] : [`stays: ${path}: it is yours`]))
}

const agent = (record: readonly Before[]): readonly string[] =>
  record.some(({ resource }) => resource.kind === 'agent-setting')
    ? ['the running agent keeps the settings it was started with until it restarts']
    : []
