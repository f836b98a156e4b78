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

/** As much of Docker's API as a look at it needs. */
export const dockerEngine = (
  version: string,
  firewallBackend: string | null,
  containers: readonly StandInContainer[],
): Answers => ({
  'GET /_ping': { status: 200, body: 'OK' },
  'GET /version': json({ Version: version, ApiVersion: '1.44', Os: 'linux' }),
  'GET /info': json({
    ServerVersion: version,
    ...(firewallBackend === null ? {} : { FirewallBackend: { Driver: firewallBackend } }),
  }),
  'GET /networks/bridge': json({
    Name: 'bridge',
    Driver: 'bridge',
    Options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.name': 'docker0',
    },
  }),
  'GET /containers/json*': json(
    containers.map(({ name, network, addresses }) => ({
      Id: name,
      Names: [`/${name}`],
      State: 'running',
      HostConfig: { NetworkMode: network },
      NetworkSettings: {
        Networks: { [network]: { IPAddress: addresses.ipv4, GlobalIPv6Address: addresses.ipv6 } },
      },
    })),
  ),
})
