import type { Host } from '../host/host.js'
import type { Look } from '../look/look.js'
import type { DesiredState } from '../model/desired.js'
import { isResourceError, ParseError } from '../model/errors.js'
import type { Plan } from '../model/plan.js'
import type { Note } from '../model/report.js'
import type { Kind } from '../model/resource.js'
import type { Before } from '../model/trace.js'
import { kindOf, resourceKinds } from '../resources/index.js'
import { beforeWriting } from './before-writing.js'

/** What stood of everything that does not carry our name, before it was first written. */
export const recordPath = '/var/lib/taskfence/before.json'
const folder = '/var/lib/taskfence'

/** Called before a plan is carried out. A record that cannot be kept holds nothing up: it is told. */
export async function remember(
  plan: Plan,
  desired: DesiredState,
  look: Look,
  host: Host,
): Promise<readonly Note[]> {
  if (!plan.changes.some(({ entry }) => entry.reportOnly !== true)) return []
  try {
    const known = await readRecord(host)
    const isNew = ({ resource }: Before) => !known.some(one => idOf(one) === idOf({ resource }))
    const found = (await beforeWriting(plan, desired, look)).filter(isNew)
    if (found.length > 0) await writeStates(recordPath, { before: [...known, ...found] }, host)
    return []
  } catch (error) {
    if (!isResourceError(error)) throw error
    return [
      { text: `what stood here before could not be recorded, so \`revert\` will not know: ${error.message}` },
    ]
  }
}

const idOf = ({ resource }: Pick<Before, 'resource'>): string => kindOf(resource).id(resource)

/** Empty where there is none. Rejects with a ParseError for a text that is no such record. */
export async function readRecord(host: Host): Promise<readonly Before[]> {
  const told = await readStates(host, recordPath)
  if (told === null) return []
  if (told.before.every(({ resource }) => kinds.has(resource.kind))) return told.before
  throw noRecord(recordPath, JSON.stringify(told))
}

/** A file of states, with what else stands in it; null: there is none. Rejects with a ParseError for anything else. */
export async function readStates(
  host: Host,
  path: string,
): Promise<({ readonly before: readonly Before[] } & Readonly<Record<string, unknown>>) | null> {
  const text = await host.files.readText(path)
  if (text === null) return null
  let told
  try {
    told = JSON.parse(text) as { readonly version?: unknown; readonly before?: unknown }
  } catch (error) {
    throw noRecord(path, text, error)
  }
  const { version, before } = told
  if (version !== 1 || !Array.isArray(before) || !before.every(isBefore)) throw noRecord(path, text)
  return { ...told, before }
}

const noRecord = (path: string, text: string, cause?: unknown): ParseError =>
  new ParseError(path, text, 'is no record of this program', {
    cause,
    hint: 'move it away to go on without it: what it told stays then as it is',
  })

const isBefore = (one: unknown): one is Before => {
  const { resource, state } = (one ?? {}) as Partial<Before>
  return (
    resource?.kind !== undefined &&
    resource.kind in resourceKinds &&
    (state === null || typeof state === 'string')
  )
}

/** Of what carries our name nothing is recorded here, and a name that is none of these is nobody's. */
const kinds: ReadonlySet<Kind> = new Set<Kind>([
  'sysctl',
  'agent-setting',
  'route',
  'iptables-chain',
  'iptables-table',
  'made-path',
])

/** Whole or not at all, and only for root. */
export async function writeStates(
  path: string,
  states: { readonly before: readonly Before[] },
  host: Host,
): Promise<void> {
  for (const [parent, mode] of [
    ['/var', 0o755],
    ['/var/lib', 0o755],
    [folder, 0o700],
  ] as const)
    if ((await host.files.stat(parent)) === null) await host.files.mkdir(parent, mode)
  await host.files.write(path, `${JSON.stringify({ version: 1, ...states }, null, 2)}\n`, { mode: 0o600 })
}

/** Once all of it stands again. */
export async function forget(host: Host): Promise<void> {
  await host.files.remove(recordPath)
  await host.files.removeFolder(folder)
}
