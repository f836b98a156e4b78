import type { Host } from '../host/host.js'
import { readNft } from '../look/read-nft.js'
import { ParseError, TaskfenceError } from '../model/errors.js'
import type { DaemonStatus, ToldStatus } from '../model/status.js'
import { fences } from '../model/resource.js'
import { placesOf } from '../platforms/places.js'

/** What the daemon says of itself, whether it still runs, and what the fence has counted. */
export async function tellStatus(host: Host): Promise<ToldStatus> {
  const status = await readStatus(host)
  const now = host.now().toISOString()
  if (status === null || !(await runs(status.pid, host))) return { isRunning: false, now, status }
  return { isRunning: true, now, status, counters: await countersOf(host) }
}

/** Why a daemon that runs does not hold its second fence; null: it does, it need not, or none runs or can be asked. */
export async function whyNotHeld(host: Host): Promise<string | null> {
  try {
    const status = await readStatus(host)
    if (status === null || !(await runs(status.pid, host))) return null
    return status.triggers.find(({ name }) => name === 'held-fence')?.ailing ?? null
  } catch (error) {
    // `taskfence status` tells of it: a report about the host has no need of what the daemon says.
    if (error instanceof TaskfenceError) return null
    throw error
  }
}

/** The last words of a daemon since this host was started; null: there was none. */
export async function readStatus(host: Host): Promise<DaemonStatus | null> {
  const path = `${placesOf(host).lockFolder}/status.json`
  const text = await host.files.read(path)
  if (text === null) return null
  let status
  try {
    status = JSON.parse(text) as DaemonStatus | null
  } catch (cause) {
    throw new ParseError(path, text, 'is no JSON', { cause })
  }
  if (status?.schemaVersion !== 1) throw new ParseError(path, text, 'is no status of this program')
  return status
}

/** A number that the system gave to somebody else meanwhile is no daemon of ours: `watch -n 1 date` is not, nor is this. */
async function runs(pid: number, host: Host): Promise<boolean> {
  const words = (await host.files.read(`/proc/${pid}/cmdline`))?.split('\0') ?? []
  const at = words.indexOf('watch')
  return at > 0 && words.slice(0, at).some(word => /(^|\/)taskfence[\w.-]*$/.test(word))
}

/** Packets by counter of the fence; null: nobody could tell. */
async function countersOf(host: Host): Promise<Readonly<Record<string, number>> | null> {
  try {
    const tables = await Promise.all(Object.keys(fences).map(name => readNft(host, 'inet', name)))
    return Object.fromEntries(tables.flatMap(table => [...(table?.counters ?? [])]))
  } catch {
    return null
  }
}
