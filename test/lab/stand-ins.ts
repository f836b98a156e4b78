import type { Answers } from './agent.js'

/** The keys are invented, and tell whose they are. */
export const taskKey = 'ASIALABTASKLABTASK01'
export const instanceKey = 'ASIALABINSTANCELAB01'

const expiration = '2099-01-01T00:00:00Z'
const json = (value: unknown, status = 200) => ({ status, body: JSON.stringify(value) })

/** Instance metadata service, both versions; any token is taken, and none too. */
export const metadataService: Answers = {
  'PUT /latest/api/token': { status: 200, body: 'LABTOKENLABTOKEN==' },
  'GET /latest/meta-data/instance-id': { status: 200, body: 'i-0123456789abcdef0' },
  'GET /latest/meta-data/iam/security-credentials/': { status: 200, body: 'labInstanceRole' },
  'GET /latest/meta-data/iam/security-credentials/labInstanceRole': json({
    Code: 'Success',
    Type: 'AWS-HMAC',
    LastUpdated: '2026-01-01T00:00:00Z',
    AccessKeyId: instanceKey,
    SecretAccessKey: 'labinstancesecret',
    Token: 'labinstancetoken',
    Expiration: expiration,
  }),
}

/** The agent's task metadata server on 51679. */
export const credentialsEndpoint: Answers = {
  'GET /v2/credentials/lab-task': json({
    RoleArn: 'arn:aws:iam::123456789012:role/labTaskRole',
    AccessKeyId: taskKey,
    SecretAccessKey: 'labtasksecret',
    Token: 'labtasktoken',
    Expiration: expiration,
  }),
  'GET /v2/credentials': json(
    { code: 'NoIdInRequest', message: 'CredentialsV2Request: No Credential ID in the request' },
    400,
  ),
  'GET /v2/credentials*': json({ code: 'InvalidIdInRequest', message: 'Credentials not found' }, 400),
}

/** The agent's introspection server on 51678. */
export const introspectionEndpoint: Answers = {
  'GET /': json({ AvailableCommands: ['/v1/metadata', '/v1/tasks', '/license'] }),
  'GET /v1/metadata': json({
    Cluster: 'lab',
    ContainerInstanceArn:
      'arn:aws:ecs:eu-west-1:123456789012:container-instance/lab/0123456789abcdef0123456789abcdef',
    Version: 'Amazon ECS Agent - v1.105.1 (8dfceca6)',
  }),
  'GET /v1/tasks*': json({ Tasks: [] }),
}

/** A program of the host's own on 127.0.0.1:51999, whose answer nobody can mistake. */
export const elsewhere = 418
export const someProgram: Answers = { 'GET /*': { status: elsewhere, body: 'not the agent' } }

export interface StandInContainer {
  readonly name: string
  readonly network: string
  readonly addresses: { readonly ipv4: string; readonly ipv6: string }
}

/** As an operator leaves it who has read AWS's advice for awsvpc tasks. */
export const ecsConfig = 'ECS_CLUSTER=lab\nECS_AWSVPC_BLOCK_IMDS=true\n'

/** What ecs-init gives the agent's container: its own settings, and those of the file. */
const agentEnvironment = [
  ...['ENABLE_TASK_IAM_ROLE', 'ENABLE_TASK_IAM_ROLE_NETWORK_HOST', 'ENABLE_TASK_ENI'].map(
    name => `ECS_${name}=true`,
  ),
  ...ecsConfig.trim().split('\n'),
]

const defaultNetwork = json({
  Name: 'bridge',
  Driver: 'bridge',
  Options: {
    'com.docker.network.bridge.default_bridge': 'true',
    'com.docker.network.bridge.name': 'docker0',
  },
})

/** As much of Docker's API as a look at it needs: these tasks, and the agent. */
export const dockerEngine = (
  { version, backend }: StandInEngine,
  containers: readonly StandInContainer[],
  agentNetwork: 'host' | 'bridge' = 'host',
): Answers => ({
  'GET /_ping': { status: 200, body: 'OK' },
  'GET /info': json({
    ServerVersion: version,
    LiveRestoreEnabled: false,
    ...(backend === null ? {} : { FirewallBackend: { Driver: backend } }),
  }),
  'GET /networks/bridge': defaultNetwork,
  'GET /containers/ecs-agent/json': json({
    Id: 'ecs-agent',
    State: { Pid: 1 },
    Config: { Env: agentEnvironment },
    HostConfig: { NetworkMode: agentNetwork },
  }),
  'GET /containers/json': json([
    {
      Id: 'ecs-agent',
      Names: ['/ecs-agent'],
      Image: 'amazon/amazon-ecs-agent:latest',
      State: 'running',
      Labels: {},
      HostConfig: { NetworkMode: agentNetwork },
      NetworkSettings: { Networks: { [agentNetwork]: { IPAddress: '', GlobalIPv6Address: '' } } },
    },
    ...containers.map(({ name, network, addresses }) => ({
      Id: name,
      Names: [`/${name}`],
      Image: 'lab:1',
      State: 'running',
      Labels: {
        'com.amazonaws.ecs.task-arn': `arn:aws:ecs:eu-west-1:123456789012:task/lab/${name}`,
        'com.amazonaws.ecs.container-name': 'app',
        'com.amazonaws.ecs.task-definition-family': name,
        'com.amazonaws.ecs.task-definition-version': '1',
      },
      HostConfig: { NetworkMode: network },
      NetworkSettings: {
        Networks: { [network]: { IPAddress: addresses.ipv4, GlobalIPv6Address: addresses.ipv6 } },
      },
    })),
  ]),
})

export interface StandInEngine {
  readonly version: string
  readonly backend: string | null
}
