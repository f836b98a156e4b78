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

export function metrics(host: Pick<Host, 'files' | 'elapsedMs'>, log: Log): Metrics {
  let policy: MetricsPolicy = {}
  let latest = () => ''
  let writtenAt = Number.NEGATIVE_INFINITY
  let isAiling = false
  const listening = new Map<string, () => Promise<void>>()

  const listen = async ({ socket, port }: MetricsPolicy) => {
    const wanted = new Map<string, Place>([
      ...(socket === undefined ? [] : [[socket, { socket }] as const]),
      ...(port === undefined ? [] : [[`127.0.0.1:${port}`, { port }] as const]),
    ])
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
        log.info('metrics are served', { place: name })
      } catch (error) {
        log.error('metrics are not served', { place: name, because: String(error) })
      }
    }
  }
  return {
    async tell(text) {
      latest = text
      const now = host.elapsedMs()
      if (policy.textfile === undefined || now - writtenAt < pauseMs) return
      writtenAt = now
      try {
        await host.files.write(policy.textfile, text(), { mode: 0o644 })
        isAiling = false
      } catch (error) {
        if (!isAiling) log.warn('metrics are not written', { because: String(error) })
        isAiling = true
      }
    },
    async follow(next) {
      policy = next
      await listen(next)
    },
    stop: async () => {
      await Promise.all([...listening.values()].map(stop => stop()))
    },
  }
}
