// Lists of actions, in lower case: IAM compares them so.

const lower = (prefix: string, names: readonly string[]): readonly string[] =>
  names.map(name => `${prefix}:${name}`.toLowerCase())

const pull = lower('ecr', ['GetAuthorizationToken', 'GetDownloadUrlForLayer', 'BatchGetImage'])
const log = lower('logs', ['CreateLogStream', 'PutLogEvents'])

/** AmazonECSTaskExecutionRolePolicy, v1. */
export const executionActions = [...pull, 'ecr:batchchecklayeravailability', ...log]

/** What the agent itself asks of ECS: of AmazonEC2ContainerServiceforEC2Role, what no task has a use for. */
export const agentActions = lower('ecs', [
  'DeregisterContainerInstance',
  'DiscoverPollEndpoint',
  'Poll',
  'RegisterContainerInstance',
  'StartTelemetrySession',
  'SubmitAttachmentStateChange',
  'SubmitAttachmentStateChanges',
  'SubmitContainerStateChange',
  'SubmitTaskStateChange',
])

/** AmazonEC2ContainerServiceforEC2Role, v10 (2026-02-12), its conditional `ecs:TagResource` apart. */
export const instanceActions = [
  'ec2:describetags',
  ...lower('ecs', [
    'CreateCluster',
    'DeregisterContainerInstance',
    'DiscoverPollEndpoint',
    'Poll',
    'RegisterContainerInstance',
    'StartTelemetrySession',
    'UpdateContainerInstancesState',
    'Submit*',
    'ListTagsForResource',
  ]),
  ...executionActions,
]

/** What AWS documents for task roles on every resource, and common actions that know no other (Service Authorization Reference). */
export const actionsOnEverything = [
  ...pull,
  ...lower('ssmmessages', [
    'CreateControlChannel',
    'CreateDataChannel',
    'OpenControlChannel',
    'OpenDataChannel',
  ]),
  ...lower('logs', ['DescribeLogGroups']),
  ...lower('cloudwatch', ['PutMetricData']),
  ...lower('xray', [
    'PutTraceSegments',
    'PutTelemetryRecords',
    'GetSamplingRules',
    'GetSamplingTargets',
    'GetSamplingStatisticSummaries',
  ]),
  'sts:getcalleridentity',
]

/** `action` and every action that it stands for are in `list`. */
export const isCovered = (action: string, list: readonly string[]): boolean =>
  list.some(known => {
    const wanted = action.toLowerCase()
    return known.endsWith('*') ? wanted.startsWith(known.slice(0, -1)) : wanted === known
  })

/** `action`, which may hold wildcards, stands for at least this one. Takes no longer than its length times that of `one`. */
export function covers(action: string, one: string): boolean {
  const pattern = action.toLowerCase().replace(/\*+/g, '*')
  const text = one.toLowerCase()
  let reached = new Set([0])
  for (const letter of pattern.split('')) {
    const next = [...reached].flatMap(at => {
      if (letter === '*') return Array.from({ length: text.length - at + 1 }, (_, more) => at + more)
      return at < text.length && (letter === '?' || letter === text[at]) ? [at + 1] : []
    })
    reached = new Set(next)
  }
  return reached.has(text.length)
}
