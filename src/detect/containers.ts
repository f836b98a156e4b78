import type { ContainerFacts } from '../model/facts.js'
import { at, entries, list, text, texts } from './json.js'

/** A running container as GET /containers/json lists it. */
export interface Container extends ContainerFacts {
  readonly id: string
  /** "amazon/amazon-ecs-agent:latest" */
  readonly image: string
  readonly labels: ReadonlyMap<string, string>
}

export const containersOf = (answer: unknown): readonly Container[] => list(answer).map(containerOf)

function containerOf(listed: unknown): Container {
  const id = text(listed, 'Id') ?? ''
  const networks = entries(at(listed, 'NetworkSettings', 'Networks')).map(([, network]) => network)
  const labels = entries(at(listed, 'Labels')).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  )
  return {
    id,
    name: (text(listed, 'Names', '0') ?? (id || 'without a name')).replace(/^\//, ''),
    image: text(listed, 'Image') ?? '',
    labels: new Map(labels),
    networkMode: text(listed, 'HostConfig', 'NetworkMode') ?? 'default',
    addresses: texts(
      networks.flatMap(network => [at(network, 'IPAddress'), at(network, 'GlobalIPv6Address')]),
    ),
  }
}

/** Set by the agent on every container of a task, whatever the task's own labels say. */
export const taskArn = ({ labels }: Container): string | undefined => labels.get('com.amazonaws.ecs.task-arn')
