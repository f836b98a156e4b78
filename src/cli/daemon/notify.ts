import type { Host } from '../../host/host.js'
import type { Log } from '../logger.js'

/** What systemd is told, where it asked to be (sd_notify(3)). Nothing here rejects. */
export interface Notifier {
  /** The first time: that the service is ready. Later: that looks end. */
  lookEnded(words: string): Promise<void>
  ending(): Promise<void>
  /** What the watchdog waits for at most; null: nobody waits. */
  readonly watchdogMs: number | null
  /** Half of that time is over. */
  isWaiting(): boolean
}

/** Told at most so often within the time that the watchdog gives. */
const share = 6

/**
 * By systemd-notify(1), as Node has no datagram sockets of the kernel's own. With our rights it sends in the name of its
 * parent, so the message counts however soon it is gone.
 */
export function notifier(
  env: Readonly<Record<string, string | undefined>>,
  host: Pick<Host, 'run' | 'elapsedMs'>,
  log: Log,
): Notifier {
  const watchdogMs = env['WATCHDOG_USEC'] === undefined ? null : Number(env['WATCHDOG_USEC']) / 1000
  if (env['NOTIFY_SOCKET'] === undefined) return silent
  let isReady = false
  let toldAt = 0
  const tell = async (...args: readonly string[]) => {
    try {
      const { exitCode, stderr } = await host.run({ file: 'systemd-notify', args, timeoutMs: 5000 })
      if (exitCode === 0) return true
      log.warn('systemd was not told', { because: stderr.trim() })
    } catch (error) {
      log.warn('systemd was not told', { because: String(error) })
    }
    return false
  }
  return {
    async lookEnded(words) {
      const now = host.elapsedMs()
      if (isReady && (watchdogMs === null || now - toldAt < watchdogMs / share)) return
      const told = await tell(...(isReady ? [] : ['READY=1']), 'WATCHDOG=1', `STATUS=${words}`)
      if (!told) return
      isReady = true
      toldAt = now
    },
    async ending() {
      await tell('STOPPING=1')
    },
    watchdogMs,
    isWaiting: () => watchdogMs !== null && host.elapsedMs() - toldAt > watchdogMs / 2,
  }
}

/** Nobody asked. */
const silent: Notifier = {
  lookEnded: () => Promise.resolve(),
  ending: () => Promise.resolve(),
  watchdogMs: null,
  isWaiting: () => false,
}
