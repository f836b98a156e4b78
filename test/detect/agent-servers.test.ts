import t, { type Test } from 'tap'
import { detect, type Asking } from '../../src/detect/index.js'
import type { Host } from '../../src/host/host.js'
import { nodeHttp } from '../../src/host/node-http.js'
import { agentServers, arnOf, type AgentServers, type Mood } from '../lab/agent-servers.js'
import { fakeHost } from '../fakes/fake-host.js'

// Detection over real sockets, by the program's own HTTP: servers that answer as the agent does, well and badly.

const files = {
  '/etc/os-release': 'ID=amzn\n',
  '/usr/lib/systemd/system/ecs.service': '[Service]\nExecStart=/usr/libexec/amazon-ecs-init start\n',
  '/usr/bin/dockerd': '',
}
const links = { '/var/cache/ecs/ecs-agent.tar': 'ecs-agent-v1.105.1.tar' }

async function open(
  t: Test,
): Promise<{ readonly agent: AgentServers; readonly facts: (asking?: Asking) => ReturnType<typeof detect> }> {
  const agent = await agentServers()
  t.teardown(() => agent.close())
  const host: Host = {
    ...fakeHost({ files, links }),
    http: request =>
      request.socketPath === undefined
        ? nodeHttp({ ...request, port: agent.introspection, timeoutMs: Math.min(request.timeoutMs, 300) })
        : Promise.resolve(null),
  }
  return { agent, facts: asking => detect(host, asking) }
}

t.test('an agent that is well', async t => {
  const { agent, facts } = await open(t)
  t.match((await facts()).agent, {
    version: '1.105.1',
    running: true,
    source: 'introspection',
    runsAs: 'ecs-init',
  })
  t.ok(agent.asked.includes('51678 /v1/metadata'))
  agent.restart('1.106.0')
  t.match((await facts()).agent, { version: '1.106.0', running: true }, 'before it is registered, too')
})

t.test('its tasks, where Docker tells none', async t => {
  const { agent, facts } = await open(t)
  agent.run({ id: 'a', family: 'db', awsvpc: '10.0.0.77' })
  agent.run({ id: 'b', family: 'web' })
  agent.run({ id: 'c', family: 'old', status: 'STOPPED' })
  t.match((await facts()).tasks, [
    { arn: arnOf('a'), family: 'db', mode: 'awsvpc', addresses: ['10.0.0.77'] },
    { arn: arnOf('b'), family: 'web', mode: null, addresses: [] },
  ])
  agent.end('a')
  t.match((await facts()).tasks, [{ arn: arnOf('b') }])
})

const moods: Readonly<Record<Exclude<Mood, 'well'>, RegExp>> = {
  silent: /v1\/metadata did not answer in 0\.3 s/,
  'slow headers': /did not answer in 0\.3 s/,
  'half a body': /broke off its answer|ECONNRESET/,
  unavailable: /did not tell its version/,
  'of another type': /did not tell its version/,
}

for (const [mood, reason] of Object.entries(moods))
  t.test(
    `an agent that is ${mood}: it runs, what is installed is told, and that is not taken for what runs`,
    async t => {
      const { agent, facts } = await open(t)
      agent.be(mood as Mood)
      const sick = await facts()
      t.match(sick.agent, { running: true, version: '1.105.1', source: 'cached image' })
      t.match(sick.unknown.agent, reason)
      if (mood === 'of another type') t.same(sick.tasks, [], 'a list of nothing that is a task')
      else t.equal(sick.tasks, null)
      agent.be('well')
      t.equal((await facts()).unknown.agent, undefined, 'and is well again')
    },
  )

t.test('an agent that has gone is installed, and no failure', async t => {
  const { agent, facts } = await open(t)
  await agent.close()
  const gone = await facts()
  t.match(gone.agent, { running: false, version: '1.105.1', source: 'cached image' })
  t.equal(gone.unknown.agent, undefined)
})

t.test('the stand-in answers for credentials as the agent documents', async t => {
  const { agent } = await open(t)
  agent.run({ id: 'a', family: 'web' })
  const ask = async (path: string) => {
    const answer = await nodeHttp({ address: '127.0.0.1', port: agent.credentials, path, timeoutMs: 2000 })
    const body = JSON.parse(answer?.body || '{}') as { readonly code?: string }
    return [answer?.status, body.code ?? Object.keys(body).join(' ')]
  }
  const keys = 'RoleArn AccessKeyId SecretAccessKey Token Expiration'
  t.same(await ask('/v2/credentials/a'), [200, keys])
  t.same(await ask('/v1/credentials?id=a'), [200, keys])
  t.same(await ask('/v2/credentials'), [400, 'NoIdInRequest'])
  t.same(await ask('/v2/credentials/b'), [400, 'InvalidIdInRequest'])
  agent.restart()
  t.same(await ask('/v2/credentials/a'), [503, 'CredentialsUninitialized'])
  agent.register()
  t.same(await ask('/v2/credentials/a'), [200, keys])
  agent.end('a')
  t.same(await ask('/v2/credentials/a'), [400, 'InvalidIdInRequest'])
})
