import { detect, detectWhichIptables, isWindows, type Asking } from '../detect/index.js'
import { detectRules } from '../detect/rules.js'
import type { Host } from '../host/host.js'
import { createReads } from '../look/create-look.js'
import type { Look } from '../look/look.js'
import { createMemory, type Memory } from '../look/memory.js'
import { onceHost } from '../look/once-host.js'
import { TaskfenceError } from '../model/errors.js'
import type { Facts } from '../model/facts.js'

/** All facts, and the look they were taken from. Reads only. Rejects with E_UNSUPPORTED. `memory`: of who looks again and again. */
export async function survey(
  host: Host,
  asking: Asking = 'until told',
  memory: Memory = createMemory(),
): Promise<{ readonly facts: Facts; readonly look: Look }> {
  const once = onceHost(host)
  const which = isWindows(host) ? null : detectWhichIptables(once)
  const reads = createReads(once, () => which ?? Promise.resolve({ iptables: null, unknown: {} }), memory)
  // Rules take longest to read, so they are begun with, beside all else.
  if (which !== null) void reads.ruleset()
  const detecting = detect(once, asking, which)
  const base = await detecting
  const look: Look = { ...reads, facts: base }
  if (base.os.family === 'windows') return { facts: base, look }
  const facts = { ...base, ...(await rulesOf(look)) }
  return { facts, look: { ...look, facts } }
}

async function rulesOf(look: Look): Promise<Pick<Facts, 'rules' | 'unknown'>> {
  const { unknown } = look.facts
  try {
    return { rules: await detectRules(look), unknown }
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return { rules: null, unknown: { ...unknown, rules: error.message } }
  }
}
