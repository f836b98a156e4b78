import { join } from 'node:path'
import type { Host } from '../../src/host/host.js'
import { CommandError } from '../../src/model/errors.js'
import { powershell } from '../../src/windows/script.js'
import { fakeHost } from '../fakes/fake-host.js'
import type { Engine } from './engine.js'
import { answers, credentials, type World } from './world.js'

export interface WindowsHost extends Host {
  /** What stands now. Setting it changes the machine. */
  world: World
  /** Scripts that were run, with their arguments. */
  readonly ran: string[]
}

const folder = 'C:\\Program Files\\taskfence\\windows'

/** The program's view of a pretended Windows host: its scripts run for real, Docker and the agent answer as documented. */
export function windowsHost(engine: Engine, scripts: string, world: World): WindowsHost {
  const ran: string[] = []
  const host: WindowsHost = {
    ...fakeHost({ osFamily: 'windows' }),
    world,
    ran,
    scripts: () => folder,
    async run(command) {
      if (command.file !== powershell) return { exitCode: 127, stdout: '', stderr: '' }
      const [profile, interactive, flag, path = '', ...args] = command.args
      if (`${profile} ${interactive} ${flag}` !== '-NoProfile -NonInteractive -File')
        throw new CommandError(command, undefined)
      const script = path.slice(folder.length + 1).replaceAll('\\', '/')
      ran.push([script, ...args].join(' '))
      const result = await engine.run(join(scripts, script), args, host.world, command.input)
      host.world = result.world
      return result
    },
    async http({ socketPath, address, port, path }) {
      if (socketPath !== undefined) return docker(host.world, path)
      if (address === credentials && port === 80) return answers(host.world) ? status(400) : null
      if (address !== '127.0.0.1' || port !== 51678) return null
      if (host.world.services['AmazonECS']?.Status !== 'Running') return null
      return { status: 200, body: '{"Cluster":"c","Version":"Amazon ECS Agent - v1.99.0 (0123abcd)"}' }
    },
  }
  return host
}

function docker(world: World, path: string) {
  if (world.services['docker']?.Status !== 'Running') return null
  switch (path) {
    case '/info':
      return json({ ServerVersion: '20.10.21', OSType: 'windows' })
    case '/containers/json':
      return json(world.containers)
    case '/networks/nat':
      return world.subnet === null
        ? status(404)
        : json({ Name: 'nat', IPAM: { Config: [{ Subnet: world.subnet, Gateway: '172.24.0.1' }] } })
    default:
      return status(404)
  }
}

const status = (code: number) => ({ status: code, body: '' })
const json = (body: object) => ({ status: 200, body: JSON.stringify(body) })
