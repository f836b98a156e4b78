import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A task as the agent's introspection server tells of it. */
export interface StandInTask {
  readonly id: string
  readonly family: string
  /** Of its own network interface; tasks in other modes tell no network. */
  readonly awsvpc?: string
  readonly status?: 'RUNNING' | 'STOPPED'
}

/** How it answers from now on. silent: it takes the connection. 'half a body': it promises more than it sends. */
export type Mood = 'well' | 'silent' | 'half a body' | 'unavailable' | 'of another type' | 'slow headers'

export interface AgentServers {
  /** Ports of 127.0.0.1; the agent's own are 51678 and 51679. */
  readonly introspection: number
  readonly credentials: number
  be(mood: Mood): void
  run(task: StandInTask): void
  end(id: string): void
  /** As after a start: not registered, and the credentials not there yet. */
  restart(version?: string): void
  register(): void
  /** Every request, in order: "51678 /v1/metadata". */
  readonly asked: readonly string[]
  close(): Promise<void>
}

export const arnOf = (id: string): string => `arn:aws:ecs:eu-west-1:123456789012:task/lab/${id}`

/** The agent's two servers, with what they remember: agent/handlers of amazon-ecs-agent, and ecs-agent/tmds. */
export async function agentServers(version = '1.105.1'): Promise<AgentServers> {
  const state = { version, mood: 'well' as Mood, registered: true, tasks: new Map<string, StandInTask>() }
  const asked: string[] = []
  const open: Server[] = []
  const serve = async (name: string, answer: (url: URL) => Answer): Promise<number> => {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      asked.push(`${name} ${url.pathname}${url.search}`)
      reply(state.mood, answer(url), request, response)
    })
    open.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }
  return {
    introspection: await serve('51678', url => introspected(url, state)),
    credentials: await serve('51679', url => credentialsOf(url, state)),
    be: mood => {
      state.mood = mood
    },
    run: task => {
      state.tasks.set(task.id, task)
    },
    end: id => {
      state.tasks.delete(id)
    },
    restart: (next = state.version) => {
      Object.assign(state, { version: next, registered: false })
    },
    register: () => {
      state.registered = true
    },
    asked,
    close: async () => {
      await Promise.all(
        open.map(server => {
          server.closeAllConnections()
          return new Promise(resolve => server.close(resolve))
        }),
      )
    },
  }
}

interface State {
  readonly version: string
  readonly registered: boolean
  readonly tasks: ReadonlyMap<string, StandInTask>
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

function reply(mood: Mood, { status, body }: Answer, _: IncomingMessage, response: ServerResponse): void {
  if (mood === 'silent') return
  if (mood === 'slow headers') {
    response.writeEarlyHints({})
    return
  }
  if (mood === 'unavailable') {
    response.writeHead(503).end()
    return
  }
  const text = JSON.stringify(mood === 'of another type' ? [null, 7, { Version: 7, Tasks: 'none' }] : body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  if (mood !== 'half a body') response.end(text)
  else response.write(text.slice(0, text.length / 2), () => response.destroy())
}

function introspected({ pathname, searchParams }: URL, { version, registered, tasks }: State): Answer {
  const instance =
    'arn:aws:ecs:eu-west-1:123456789012:container-instance/lab/0123456789abcdef0123456789abcdef'
  if (pathname === '/v1/metadata')
    return ok({
      Cluster: 'lab',
      ContainerInstanceArn: registered ? instance : null,
      Version: `Amazon ECS Agent - v${version} (8dfceca6)`,
    })
  if (pathname !== '/v1/tasks') return ok({ AvailableCommands: ['/v1/metadata', '/v1/tasks', '/license'] })
  const wanted = searchParams.get('taskarn')
  if (wanted === null) return ok({ Tasks: [...tasks.values()].map(told) })
  const found = [...tasks.values()].find(({ id }) => arnOf(id) === wanted)
  return found === undefined ? { status: 404, body: {} } : ok(told(found))
}

const told = ({ id, family, awsvpc, status = 'RUNNING' }: StandInTask) => ({
  Arn: arnOf(id),
  DesiredStatus: status,
  KnownStatus: status,
  Family: family,
  Version: '1',
  Containers: [
    {
      DockerId: id,
      DockerName: `ecs-${family}-1-app-c0ffee`,
      Name: 'app',
      ...(awsvpc === undefined
        ? {}
        : { Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: [awsvpc], IPv6Addresses: [] }] }),
    },
  ],
})

function credentialsOf({ pathname, searchParams }: URL, { registered, tasks }: State): Answer {
  const [, version, word, id = searchParams.get('id') ?? ''] = pathname.split('/')
  if (word !== 'credentials' || (version !== 'v1' && version !== 'v2')) return { status: 404, body: {} }
  const name = version === 'v2' ? 'CredentialsV2Request' : 'CredentialsV1Request'
  if (id === '') return refused(400, 'NoIdInRequest', `${name}: No Credential ID in the request`)
  if (!registered)
    return refused(503, 'CredentialsUninitialized', `${name}: Credentials uninitialized for ID`)
  if (!tasks.has(id)) return refused(400, 'InvalidIdInRequest', `${name}: Credentials not found`)
  return ok({
    RoleArn: 'arn:aws:iam::123456789012:role/labTaskRole',
    AccessKeyId: 'ASIALABTASKLABTASK01',
    SecretAccessKey: 'labtasksecret',
    Token: 'labtasktoken',
    Expiration: '2099-01-01T00:00:00Z',
  })
}

const ok = (body: unknown): Answer => ({ status: 200, body })
const refused = (status: number, code: string, message: string): Answer => ({
  status,
  body: { code, message },
})
