import type { Host } from '../../host/host.js'
import { restartingUnits } from '../../engine/drifts.js'

/** Rules of a service that restarts go and come for so long. */
const latelySeconds = 30

/**
 * Which of the services that take rules away when they restart is doing so, or did lately; null: none, or nobody tells.
 * Asked where whoever changed a rule was gone before it could be looked at.
 */
export async function restartingNow(host: Pick<Host, 'run' | 'files'>): Promise<string | null> {
  try {
    const properties = '--property=Id,ActiveState,StateChangeTimestampMonotonic'
    const [{ stdout }, uptime] = await Promise.all([
      host.run({ file: 'systemctl', args: ['show', properties, ...restartingUnits], timeoutMs: 2000 }),
      host.files.read('/proc/uptime'),
    ])
    return restartingIn(stdout, Number(uptime?.split(' ')[0]))
  } catch {
    return null
  }
}

/** The unit that changed last, of what `systemctl show` prints, where that was lately. Pure. */
export function restartingIn(shown: string, uptimeSeconds: number): string | null {
  const units = shown.split('\n\n').map(block => {
    const of = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(block)?.[1] ?? ''
    const changed = Number(of('StateChangeTimestampMonotonic')) / 1e6
    const isMoving = /^(activating|deactivating|reloading)$/.test(of('ActiveState'))
    return { id: of('Id'), changed: isMoving ? uptimeSeconds : changed }
  })
  const [last] = units.filter(({ changed }) => changed > 0).sort((one, other) => other.changed - one.changed)
  return last !== undefined && uptimeSeconds - last.changed < latelySeconds ? last.id : null
}
