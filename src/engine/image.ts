import { detect } from '../detect/index.js'
import type { Control } from '../controls/control.js'
import type { Host } from '../host/host.js'
import { createLook } from '../look/create-look.js'
import type { DesiredState, SkippedControl } from '../model/desired.js'
import type { Facts, IptablesFacts, NftFacts } from '../model/facts.js'
import type { Note, Outcome, Report } from '../model/report.js'
import type { Kind } from '../model/resource.js'
import { platformFor } from '../platforms/index.js'
import type { Platform } from '../platforms/platform.js'
import { apply, outcomesOfApply, outcomesOfCheck } from './apply.js'
import { desire } from './desire.js'
import { unknownDistribution } from './notes.js'
import { diff, observe } from './observe.js'
import { remember } from './record.js'
import { controlsFor, type ReconcileInput } from './reconcile.js'
import { verdictOfOutcomes } from './verdict.js'

export interface ImageInput extends Pick<ReconcileInput, 'policy' | 'mode' | 'only'> {
  /** As typed. */
  readonly root: string
}

/** The arrow for an image: only what the next boot finds. An image has no packets, so nothing is promised of any. */
export async function reconcileImage(input: ImageInput, host: Host): Promise<Report> {
  const { facts, platform } = await surveyImage(host)
  const controls = controlsFor('linux', input.only)
  const context = { facts, policy: input.policy, platform }
  const all = desire(context, controls, input.only === undefined)
  const desired = { ...all, entries: all.entries.filter(({ resource }) => isInFiles(resource.kind)) }
  const look = createLook(host, facts)
  const observations = await observe(desired, look)
  let unrecorded: readonly Note[] = []
  let outcomes: readonly Outcome[] = outcomesOfCheck(diff(observations))
  if (input.mode === 'apply') {
    const plan = diff(observations)
    unrecorded = await remember(plan, desired, look, host)
    const failures = await apply(plan, host)
    outcomes = outcomesOfApply(plan, failures, await observe(desired, createLook(host, facts)))
  }
  return {
    at: host.now(),
    image: input.root,
    facts,
    policy: input.policy,
    outcomes,
    claims: [],
    skipped: [...all.skipped, ...leftToTheHost(all, controls, context)],
    notes: [...notesOf(context), ...unrecorded],
    verdict: verdictOfOutcomes(outcomes),
  }
}

/** What an image's files tell. Nothing of it runs, so its kernel and its programs are known by its release. */
async function surveyImage(host: Host): Promise<{ readonly facts: Facts; readonly platform: Platform }> {
  const seen = await detect(host)
  const platform = platformFor(seen.os)
  const { backend, expressions } = platform.release(seen.os.versionId)
  const version = 'of the image'
  const nft: NftFacts | null = (await has(host, 'nft')) ? { version, usable: true, expressions } : null
  const iptables: IptablesFacts | null = (await has(host, 'iptables'))
    ? {
        version,
        backend,
        families: (await has(host, 'ip6tables')) ? ['ipv4', 'ipv6'] : ['ipv4'],
        legacyTables: { ipv4: [], ipv6: [] },
      }
    : null
  const { boot, agentConfig } = seen.unknown
  const unknown = {
    ...(boot === undefined ? {} : { boot }),
    ...(agentConfig === undefined ? {} : { agentConfig }),
  }
  const running = { kernel: null, network: null, tasks: null, rules: null }
  return { platform, facts: { ...seen, ...running, nft, iptables, unknown } }
}

async function has(host: Host, program: string): Promise<boolean> {
  const paths = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].map(folder => `${folder}/${program}`)
  return (await Promise.all(paths.map(path => host.files.stat(path)))).some(found => found !== null)
}

const isInFiles = (kind: Kind): boolean => inFiles.has(kind)
const inFiles: ReadonlySet<Kind> = new Set<Kind>([
  'agent-setting',
  'file',
  'fence-file',
  'service-unit',
  'rules-file-lines',
  'file-line',
])

/** By control: what the host that boots will write and promise. */
function leftToTheHost(
  { entries, skipped }: DesiredState,
  controls: readonly Control[],
  context: Parameters<typeof desire>[0],
): readonly SkippedControl[] {
  return controls
    .filter(({ id }) => !skipped.some(({ control }) => control === id))
    .map(control => {
      const mode = context.policy.controls[control.id] ?? 'enforce'
      const claims = control.claims({ ...context, mode }).length
      const kernel = entries.filter(
        entry => entry.controls.includes(control.id) && !isInFiles(entry.resource.kind),
      ).length
      const words = [
        ...(kernel === 0 ? [] : [`${kernel} ${kernel === 1 ? 'entry' : 'entries'}`]),
        ...(claims === 0 ? [] : [`${claims} ${claims === 1 ? 'promise' : 'promises'}`]),
      ]
      return {
        control: control.id,
        reason: `an image has no packets: ${words.join(' and ') || 'this'} left to the host that boots`,
      }
    })
}

function notesOf({ facts, platform }: Parameters<typeof desire>[0]): readonly Note[] {
  const missing =
    facts.nft === null
      ? [
          `there is no fence: nft is not in this image; \`${platform.nftFrom}\` in it, and \`taskfence apply\` again`,
        ]
      : []
  const told = [...missing, ...platform.bootNotes(facts)].map(text => ({ text }))
  return [...unknownDistribution({ facts, platform }), ...told]
}
