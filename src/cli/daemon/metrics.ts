import type { Host } from '../../host/host.js'
import type { Place } from '../../host/node-serve.js'
import type { MetricsPolicy } from '../../model/policy.js'
import type { Log } from '../logger.js'

/** Where Prometheus finds the figures. Nothing here rejects: what fails is told once. */
export interface Metrics {
  /** The text of now. */
  tell(text: () => string): Promise<void>
  /** Listens where the policy says, and nowhere else. */
  follow(policy: MetricsPolicy): Promise<void>
  stop(): Promise<void>
}

/** A file on a disk is not written for each look of a burst. */
const pauseMs = 1000
/** What cannot be listened on now may be later: its folder is missing, another program has the port. */
const againMs = 60_000

export function metrics(host: Pick<Host, 'files' | 'elapsedMs'>, log: Log): Metrics {
  let policy: MetricsPolicy = {}
  let latest = () => ''
  let writtenAt = Number.NEGATIVE_INFINITY
  let isAiling = false
  let writing: Promise<void> | null = null
  let listenedAt = 0
  const refused = new Set<string>()
  const listening = new Map<string, () => Promise<void>>()

  const listen = async ({ socket, port }: MetricsPolicy) => {
    listenedAt = host.elapsedMs()
    const wanted = new Map<string, Place>([
      ...(socket === undefined ? [] : [[socket, { socket }] as const]),
      ...(port === undefined ? [] : [[`127.0.0.1:${port}`, { port }] as const]),
    ])
    for (const name of [...refused]) if (!wanted.has(name)) refused.delete(name)
    for (const [name, stop] of listening)
      if (!wanted.has(name)) {
        listening.delete(name)
        await stop()
      }
    for (const [name, place] of wanted) {
      if (listening.has(name)) continue
      try {
        const { serveMetrics } = await import('../../host/node-serve.js')
        listening.set(name, await serveMetrics(place, () => latest()))
        refused.delete(name)
        log.info('metrics are served', { place: name })
      } catch (error) {
        if (!refused.has(name)) log.error('metrics are not served', { place: name, because: String(error) })
        refused.add(name)
      }
    }
  }
  const write = async (path: string, text: () => string) => {
    try {
      await host.files.write(path, text(), { mode: 0o644 })
      isAiling = false
    } catch (error) {
      if (!isAiling) log.warn('metrics are not written', { because: String(error) })
      isAiling = true
    }
  }
  return {
    async tell(text) {
      latest = text
      const now = host.elapsedMs()
      if (refused.size > 0 && now - listenedAt >= againMs) await listen(policy)
      if (policy.textfile === undefined || writing !== null || now - writtenAt < pauseMs) return
      writtenAt = now
      // No look waits for a disk.
      writing = write(policy.textfile, text).finally(() => (writing = null))
    },
    async follow(next) {
      policy = next
      await listen(next)
    },
    stop: async () => {
      await Promise.all([writing, ...[...listening.values()].map(stop => stop())])
    },
  }
}
