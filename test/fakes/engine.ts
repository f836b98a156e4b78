import type { HttpResponse } from '../../src/host/host.js'

/** A container as Docker lists it, and what only an inspection tells. */
export interface FakeContainer {
  readonly id: string
  readonly name?: string
  readonly image?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly mode?: string
  readonly address?: string
  readonly pid?: number
  readonly env?: readonly string[]
  readonly cgroupParent?: string
}

export const json = (value: unknown): HttpResponse => ({ status: 200, body: JSON.stringify(value) })

/** What Docker 25 answers of these containers, by path; fields that no fact is taken from were cut. */
export function engineAnswers(
  containers: readonly FakeContainer[] = [],
): Readonly<Record<string, HttpResponse>> {
  const inspected = containers.map(
    ({ id, pid = 0, env = [], cgroupParent = '' }) =>
      [
        `/containers/${id}/json`,
        json({
          Id: id,
          State: { Pid: pid },
          Config: { Env: env },
          HostConfig: { CgroupParent: cgroupParent },
        }),
      ] as const,
  )
  return {
    '/networks/bridge': json({
      Name: 'bridge',
      Options: {
        'com.docker.network.bridge.default_bridge': 'true',
        'com.docker.network.bridge.name': 'docker0',
      },
    }),
    '/info': json({ ServerVersion: '25.0.16', Driver: 'overlay2', LiveRestoreEnabled: false }),
    '/containers/json': json(containers.map(listed)),
    ...Object.fromEntries(inspected),
  }
}

const listed = ({
  id,
  name = id,
  image = 'app:1',
  labels = {},
  mode = 'bridge',
  address = '',
}: FakeContainer) => ({
  Id: id,
  Names: [`/${name}`],
  Image: image,
  Labels: labels,
  State: 'running',
  HostConfig: { NetworkMode: mode },
  NetworkSettings: mode.startsWith('container:')
    ? { Networks: {} }
    : { Networks: { [mode]: { IPAddress: address, GlobalIPv6Address: '' } } },
})

/** A container of a task, with the labels that the agent gives it. */
export const ofTask = (task: string, name: string, given: Omit<FakeContainer, 'id'> = {}): FakeContainer => ({
  id: `${task}-${name.replaceAll('~', '')}`,
  name: `ecs-${task}-1-${name.replaceAll('~', '')}-c0ffee`,
  ...given,
  labels: {
    'com.amazonaws.ecs.task-arn': arnOf(task),
    'com.amazonaws.ecs.container-name': name,
    'com.amazonaws.ecs.task-definition-family': task,
    'com.amazonaws.ecs.task-definition-version': '1',
    ...given.labels,
  },
})

export const arnOf = (task: string): string => `arn:aws:ecs:eu-west-1:123456789012:task/lab/${task}`
