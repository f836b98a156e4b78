import type { Context, Control } from '../controls/control.js'
import type { Desired, DesiredEntry, DesiredState, SkippedControl } from '../model/desired.js'
import { TaskfenceError } from '../model/errors.js'
import type { ControlId } from '../model/policy.js'
import type { ResourceId } from '../model/resource.js'
import { kindOf } from '../resources/index.js'

/**
 * What all controls want, merged by id, in the order of the controls, and then its durable twins. Pure. `complete`: these
 * are all controls there are.
 */
export function desire(
  base: Omit<Context, 'mode'>,
  controls: readonly Control[],
  complete = true,
): DesiredState {
  const entries = new Map<ResourceId, DesiredEntry>()
  const gone = new Map<ResourceId, DesiredEntry>()
  const skipped: SkippedControl[] = []
  for (const control of controls) {
    const mode = base.policy.controls[control.id] ?? 'enforce'
    const reason = mode === 'off' ? 'turned off by policy' : control.skip?.({ ...base, mode })
    if (reason !== undefined) skipped.push({ control: control.id, reason })
    // A control that does not count any more leaves nothing of its own behind.
    const wanted = control.desire({ ...base, mode: mode === 'off' ? 'enforce' : mode })
    for (const desired of wanted) {
      if (reason === undefined) merge(entries, control.id, desired)
      else merge(carriesOurName(desired) ? entries : gone, control.id, { ...desired, state: null })
    }
  }
  // What cannot be taken back from the kernel has a durable twin that can.
  const runtime = [...entries.values(), ...[...gone.values()].filter(({ id }) => !entries.has(id))]
  for (const { controls, ...twin } of base.platform.persist(runtime, { ...base, complete }))
    for (const control of controls) merge(entries, control, twin)
  return { entries: [...entries.values()], skipped }
}

/** Only what does can be taken back; what it was before us is not known of the rest. */
const carriesOurName = ({ resource: { kind } }: Desired): boolean =>
  kind === 'fence-rule' || kind === 'iptables-rule' || kind === 'cgroup-class'

function merge(entries: Map<ResourceId, DesiredEntry>, control: ControlId, desired: Desired): void {
  const id = kindOf(desired.resource).id(desired.resource)
  const standing = entries.get(id)
  if (standing !== undefined && standing.state !== desired.state)
    throw new TaskfenceError(
      'E_POLICY',
      `${control} and ${standing.controls.join(', ')} disagree about ${id}`,
    )
  entries.set(id, {
    ...desired,
    id,
    controls: standing === undefined ? [control] : [...new Set([...standing.controls, control])],
    // Written if anybody wants it written.
    reportOnly: desired.reportOnly === true && (standing?.reportOnly ?? true),
  })
}
