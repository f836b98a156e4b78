import type { Host } from '../host/host.js'
import { TaskfenceError } from '../model/errors.js'
import type { Facts } from '../model/facts.js'
import type { Command } from '../model/command.js'
import type { Place } from './place.js'
import { startProber } from './prober.js'

const root = '/sys/fs/cgroup'
const prefix = 'taskfence-prove-'

/**
 * A task's view in host network mode: a cgroup of its own beside those of tasks. The kernel asks for the cgroup that a
 * program was in when it made its socket, and the prober makes none before it has moved.
 */
export async function openBesideTasks(facts: Facts, prober: Command, host: Host): Promise<Place> {
  const tasks = facts.cgroups?.tasks ?? null
  if (tasks === null) throw new TaskfenceError('E_UNSUPPORTED', 'where tasks are cannot be told')
  const folder = `${root}/${tasks}`
  await removeStale(folder, host)
  const started = await startProber(prober, host)
  const own = `${folder}/${prefix}${started.pid}`
  const close = async () => {
    await started.stop()
    await host.run({ file: 'rmdir', args: [own] })
    return []
  }
  try {
    await host.files.mkdir(own, 0o755)
    await host.files.poke(`${own}/cgroup.procs`, String(started.pid))
  } catch (error) {
    await close()
    throw error
  }
  return { prober: started, source: () => null, close }
}

/** Cgroups that a killed run left: its prober is gone. */
async function removeStale(folder: string, host: Host): Promise<void> {
  for (const name of (await host.files.list(folder)) ?? []) {
    if (!name.startsWith(prefix)) continue
    const isAlive = (await host.files.read(`/proc/${name.slice(prefix.length)}/stat`)) !== null
    // The kernel refuses where somebody is still inside.
    if (!isAlive) await host.run({ file: 'rmdir', args: [`${folder}/${name}`] })
  }
}
