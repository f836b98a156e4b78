import type { Answers } from './agent.js'

/** Beside the program, so that it outlives a reboot. */
export const orders = '/usr/libexec/amazon-ecs-agent.json'

/** The name under which ecs-init loads the image of whatever version. */
export const agentImage = 'amazon/amazon-ecs-agent:latest'

/** What the agent's stand-in is told by its lab. */
export interface AgentOrders {
  /** By port, what it answers there. */
  readonly servers: Readonly<Record<string, Answers>>
  /** Milliseconds until it answers. */
  readonly delayMs?: number
  /** It ends with this code instead; 5 is the agent's own word for "do not start me again". */
  readonly exitCode?: number
}

/**
 * What `amazon-ecs-init start` becomes, handed as text to node on the host: the agent's environment as ecs-init makes it
 * (ecs-init/docker/docker.go), and the agent itself: a container where an engine runs, else this process.
 */
export function startAgentOfEcsInit(): void {
  const fs = process.getBuiltinModule('node:fs')
  const { spawn, spawnSync } = process.getBuiltinModule('node:child_process')
  const program = '/usr/libexec/amazon-ecs-agent.cjs'
  const ordersFile = '/usr/libexec/amazon-ecs-agent.json'
  const inContainer = process.argv[2] === 'serve'

  if (inContainer) serve()
  else if (fs.existsSync('/run/docker.pid')) runContainer()
  else {
    fs.writeFileSync('/run/lab/agent.pid', `${process.pid}`)
    serve()
  }

  function runContainer(): void {
    spawnSync('docker', ['rm', '--force', 'ecs-agent'])
    const mounts = [
      ...[`${process.execPath}:/usr/bin/node:ro`, `${program}:${program}:ro`],
      `${ordersFile}:${ordersFile}:ro`,
    ]
    const options = [
      ...[
        '--name',
        'ecs-agent',
        '--net=host',
        '--userns=host',
        '--init',
        '--cap-add=NET_ADMIN',
        '--cap-add=SYS_ADMIN',
      ],
      ...mounts.flatMap(mount => ['--volume', mount]),
      ...[...environment()].flatMap(([key, value]) => ['--env', `${key}=${value}`]),
    ]
    const image = 'amazon/amazon-ecs-agent:latest'
    const child = spawn('docker', ['run', ...options, image, '/usr/bin/node', program, 'serve'], {
      stdio: 'inherit',
    })
    child.on('close', code => process.exit(code ?? 1))
  }

  function environment(): ReadonlyMap<string, string> {
    const values = new Map([
      ['ECS_DATADIR', '/data'],
      ['ECS_AGENT_CONFIG_FILE_PATH', '/etc/ecs/ecs.config.json'],
      ['ECS_UPDATES_ENABLED', 'true'],
      ['ECS_ENABLE_TASK_IAM_ROLE', 'true'],
      ['ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST', 'true'],
      ['ECS_ENABLE_TASK_ENI', 'true'],
    ])
    for (const path of ['/var/lib/ecs/ecs.config', '/etc/ecs/ecs.config'])
      for (const line of read(path).trim().split('\n')) {
        const [key = '', ...rest] = line.trim().split('=')
        if (rest.length > 0) values.set(key, rest.join('='))
      }
    if (process.env['ECS_EXTERNAL'] === 'true') values.set('ECS_ENABLE_TASK_ENI', 'false')
    return values
  }

  function read(path: string): string {
    try {
      return fs.readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }

  function serve(): void {
    const http = process.getBuiltinModule('node:http')
    const orders = JSON.parse(read(ordersFile)) as AgentOrders
    process.on('SIGTERM', () => process.exit(0))
    if (orders.exitCode !== undefined) process.exit(orders.exitCode)
    setTimeout(() => {
      for (const [port, answers] of Object.entries(orders.servers)) {
        const server = http.createServer((request, response) => {
          const asked = `${request.method ?? ''} ${request.url ?? ''}`
          const below = Object.keys(answers).find(
            key => key.endsWith('*') && asked.startsWith(key.slice(0, -1)),
          )
          const found = answers[asked] ?? answers[below ?? '']
          response.writeHead(found?.status ?? 404, { 'content-type': 'application/json' }).end(found?.body)
        })
        // 51679 is for the host alone.
        server.listen(Number(port), ...(port === '51679' ? ['127.0.0.1'] : []))
      }
    }, orders.delayMs ?? 0)
  }
}
