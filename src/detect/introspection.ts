import type { Host, HttpResponse } from '../host/host.js'
import { at, list, text, texts } from './json.js'

/** The agent's introspection server. null: nobody listens. Rejects where something took the connection and did not answer. */
export const introspect = (host: Host, path: string): Promise<HttpResponse | null> =>
  host.http({ address: '127.0.0.1', port: 51678, path, timeoutMs: 2000 })

/** {"Version":"Amazon ECS Agent - v1.105.1 (*02ff320c)"} (GET /v1/metadata); null for anything else. */
export function parseAgentVersion(body: string): string | null {
  return /"Version"\s*:\s*"[^"]*- v(\d+\.\d+\.\d+)/.exec(body)?.[1] ?? null
}

export interface IntrospectedTask {
  readonly arn: string
  readonly family: string | null
  readonly revision: string | null
  readonly containers: readonly string[]
  /** Networks are told of tasks with a network interface of their own, and of no others. */
  readonly awsvpc: boolean
  readonly addresses: readonly string[]
}

/** GET /v1/tasks: those that run. Entries of another shape are passed over. */
export function introspectedTasks(answer: unknown): readonly IntrospectedTask[] {
  return list(at(answer, 'Tasks')).flatMap(task => {
    const arn = text(task, 'Arn')
    if (arn === null || text(task, 'KnownStatus') !== 'RUNNING') return []
    const containers = list(at(task, 'Containers'))
    const networks = containers.flatMap(container => list(at(container, 'Networks')))
    const addresses = networks.flatMap(network => [
      ...texts(at(network, 'IPv4Addresses')),
      ...texts(at(network, 'IPv6Addresses')),
    ])
    return {
      arn,
      family: text(task, 'Family'),
      revision: text(task, 'Version'),
      containers: containers.flatMap(container => text(container, 'Name') ?? []),
      awsvpc: networks.some(network => text(network, 'NetworkMode') === 'awsvpc'),
      addresses: [...new Set(addresses)],
    }
  })
}
