import { readEcsConfig } from '../../src/ecs-config/read.js'
import type { CommandResult } from '../../src/model/command.js'
import { engineAnswers } from './engine.js'
import { fakeHost, type FakeHost } from './fake-host.js'
import { machine } from './machine.js'

export const configPath = '/etc/ecs/ecs.config'

export interface EcsHostOptions {
  /** /etc/ecs/ecs.config; left out: no such file. */
  readonly config?: string
  /** The agent was started with this file; null: no agent runs. */
  readonly startedWith?: string | null
  readonly files?: Readonly<Record<string, string>>
  /** In the place of a restart that works. */
  readonly restart?: (host: EcsHost) => Partial<CommandResult>
}

export interface EcsHost extends FakeHost {
  /** Starts the agent's container with what ecs-init makes of the file now. */
  startAgent(): void
  agent: { environment: readonly string[]; answersIn: number } | null
}

/** A host whose ecs-init starts the agent when `systemctl restart` is called, and gives it what the file says. */
export function ecsHost(options: EcsHostOptions = {}): EcsHost {
  const inner = fakeHost({
    ...machine,
    files: {
      ...machine.files,
      '/run/docker.sock': '',
      '/usr/lib/systemd/system/ecs.service': '[Service]\nExecStart=/usr/libexec/amazon-ecs-init start\n',
      ...(options.config === undefined ? {} : { [configPath]: options.config }),
      ...options.files,
    },
  })
  const { startedWith = '' } = options
  const host: EcsHost = {
    ...inner,
    agent: startedWith === null ? null : { environment: environmentOf(startedWith), answersIn: 0 },
    startAgent() {
      host.agent = { environment: environmentOf(String(host.disk.get(configPath) ?? '')), answersIn: 0 }
    },
    async run(command) {
      const { file, args } = command
      if (file !== 'systemctl') return inner.run(command)
      host.ran.push([file, ...args].join(' '))
      const nothing = { exitCode: 0, stdout: '', stderr: '' }
      if (args[0] === 'show') return { ...nothing, stdout: 'Result=success\nActiveState=active\n' }
      if (options.restart !== undefined) return { ...nothing, ...options.restart(host) }
      host.startAgent()
      return nothing
    },
    async http(request) {
      if (request.port === 51678) {
        if (host.agent === null || host.agent.answersIn-- > 0) return null
        return { status: 200, body: '{"Version":"Amazon ECS Agent - v1.105.1 (8dfceca6)"}' }
      }
      const answers = engineAnswers(
        host.agent === null
          ? []
          : [
              {
                id: 'ecs-agent',
                image: 'amazon/amazon-ecs-agent:latest',
                mode: 'host',
                env: host.agent.environment,
              },
            ],
      )
      return answers[request.path] ?? null
    },
  }
  return host
}

/** What ecs-init gives the agent's container with such a file. */
export const environmentOf = (config: string): readonly string[] =>
  [
    ...new Map([
      ['ECS_ENABLE_TASK_IAM_ROLE', 'true'],
      ['ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST', 'true'],
      ['ECS_ENABLE_TASK_ENI', 'true'],
      ...readEcsConfig(config),
    ]),
  ].map(([name, value]) => `${name}=${value}`)
