import type { Context, Control } from '../controls/control.js'
import { waits } from '../model/agent-facts.js'
import type { Facts } from '../model/facts.js'
import type { Note, Outcome, Report } from '../model/report.js'

/** What someone should know beside outcomes and claims. */
export function notesOf(
  base: Omit<Context, 'mode'>,
  controls: readonly Control[],
  outcomes: readonly Outcome[],
  claims: Report['claims'] = [],
): readonly Note[] {
  const fromControls = controls.flatMap(control => {
    const mode = base.policy.controls[control.id] ?? 'enforce'
    if (mode === 'off') return []
    const observes = mode === 'observe' && control.skip?.({ ...base, mode }) === undefined
    const observing = observes ? ['only observes: drops are counted, not made'] : []
    return [...observing, ...(control.notes?.({ ...base, mode }) ?? [])].map(text => ({
      control: control.id,
      text,
    }))
  })
  const elsewhere = (base.facts.rules?.elsewhere ?? []).map(rule => ({
    text: `a rule that the host's iptables (${base.facts.iptables?.backend ?? 'unknown'}) does not show: ${rule}`,
  }))
  return [
    ...fromControls,
    ...elsewhere,
    ...settings(base.facts, outcomes),
    ...unknownDistribution(base),
    ...losing(base, controls, outcomes, claims),
  ]
}

/** Lines of settings files that are off, and what the running agent does not have yet and no outcome tells. */
function settings({ agentConfig }: Facts, outcomes: readonly Outcome[]): readonly Note[] {
  const findings = (agentConfig?.findings ?? []).map(({ path, line, hint }) => ({
    text: `${path}:${line}: ${hint}`,
  }))
  const told = new Set(
    outcomes.map(({ entry: { resource } }) =>
      resource.kind === 'agent-setting' ? resource.name : undefined,
    ),
  )
  const waiting = (agentConfig?.settings ?? []).filter(setting => waits(setting) && !told.has(setting.name))
  const words = waiting.map(({ name, value, source, running }) => ({
    text: `the running agent has ${given(name, running ?? null)}; after a restart it has ${given(name, value)} (${source})`,
  }))
  return [...findings, ...words]
}

const given = (name: string, value: string | null): string =>
  value === null ? `no ${name}` : `${name}=${value}`

/** Known by ID_LIKE alone: what is written works the same, but where such a system keeps it nobody has looked. */
export function unknownDistribution({
  facts: { os },
  platform,
}: Pick<Context, 'facts' | 'platform'>): readonly Note[] {
  if (platform.names.includes(os.id)) return []
  return [{ text: `${os.prettyName} is taken for ${platform.title} (ID_LIKE); persistence: cannot tell` }]
}

/** Everything that runs and that the metadata service is about to be closed for. */
function losing(
  base: Omit<Context, 'mode'>,
  controls: readonly Control[],
  outcomes: readonly Outcome[],
  claims: Report['claims'],
): readonly Note[] {
  return controls.flatMap(control => {
    const { id } = control
    const mode = base.policy.controls[id] ?? 'enforce'
    const closes = outcomes.some(
      ({ status, entry }) => status === 'drifted' && entry.controls.includes(id) && entry.state !== null,
    )
    const own = claims.filter(claim => claim.control === id)
    const isClosed = own.length > 0 && own.every(({ proof }) => proof.holds === true)
    const names = mode === 'enforce' && closes && !isClosed ? (control.cuts?.({ ...base, mode }) ?? []) : []
    if (names.length === 0) return []
    return [{ control: id, text: `would lose access to the metadata service: ${names.join(', ')}` }]
  })
}
