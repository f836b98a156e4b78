import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Lab } from './lab.js'

/** As `systemctl show` names them. */
export interface UnitState {
  readonly ActiveState: 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed'
  readonly SubState: string
  readonly Result: string
  readonly NRestarts: string
}

export interface Unit {
  state(): UnitState
  /** Rejects with what systemctl prints. Resolves at once where the unit is what it is to become. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** A unit of which nothing is known but its state: docker.service of a stand-in engine, cloud-final.service. */
export interface SettableUnit extends Unit {
  set(active: UnitState['ActiveState']): void
}

/** Answers `systemctl` on a host that runs no systemd, as far as services that need each other go. */
export interface Systemd {
  /** With those that are part of it: they are stopped before it and started after it. */
  restart(name: string): Promise<void>
  close(): void
}

export interface Services {
  readonly units: Readonly<Record<string, Unit>>
  /** PartOf= and After= of one, the name of the other. */
  readonly partOf: Readonly<Record<string, string>>
}

const socket = '/run/lab/systemd.sock'

export async function startSystemd(lab: Lab, services: Services): Promise<Systemd> {
  const verbs = verbsOf(services)
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const words = body.split('\n').filter(word => word !== '')
      void answer(words, services, verbs).then(({ code, text }) => response.end(`${code}\n${text}`))
    })
  })
  server.listen(lab.path(socket))
  await once(server, 'listening')
  await lab.agent('host').ask({ op: 'write', path: '/run/lab/bin/systemctl', text: client, mode: 0o755 })
  return {
    restart: name => verbs.restart(name),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function verbsOf({ units, partOf }: Services) {
  const followersOf = (name: string) =>
    Object.entries(units).flatMap(([other, unit]) =>
      partOf[other] === name && unit.state().ActiveState !== 'inactive' ? [unit] : [],
    )
  const start = async (name: string) => units[name]?.start()
  const stop = async (name: string) => {
    for (const follower of followersOf(name)) await follower.stop()
    await units[name]?.stop()
  }
  const restart = async (name: string) => {
    const followers = followersOf(name)
    await stop(name)
    await start(name)
    for (const follower of followers) await follower.start()
  }
  return { start, stop, restart }
}

const client = `#!/bin/sh
answer=$(printf '%s\\n' "$@" | curl --silent --fail --unix-socket ${socket} --data-binary @- http://systemd/) || exit 1
code=\${answer%%"
"*}
text=\${answer#"$code"}
text=\${text#"
"}
[ -z "$text" ] || if [ "$code" = 0 ] || [ "$code" = 3 ]; then echo "$text"; else echo "$text" >&2; fi
exit "$code"
`

interface Answer {
  readonly code: number
  readonly text: string
}

async function answer(
  words: readonly string[],
  { units }: Services,
  verbs: Readonly<Record<string, (name: string) => Promise<void>>>,
): Promise<Answer> {
  const options = words.filter(word => word.startsWith('-'))
  const [verb = '', given = ''] = words.filter(word => !word.startsWith('-'))
  const name = given.includes('.') ? given : `${given}.service`
  const unit = units[name]
  const active = unit?.state().ActiveState ?? 'inactive'
  if (verb === 'daemon-reload') return { code: 0, text: '' }
  if (verb === 'is-active')
    return { code: active === 'active' ? 0 : 3, text: options.includes('--quiet') ? '' : active }
  if (verb === 'show') return { code: 0, text: shown(unit, options) }
  const work = verbs[verb]
  if (work === undefined) return { code: 1, text: `Unknown command verb ${verb}.` }
  if (unit === undefined) return { code: 5, text: `Failed to ${verb} ${name}: Unit ${name} not found.` }
  const done = work(name).then(
    () => ({ code: 0, text: '' }),
    (error: unknown) => ({ code: 1, text: (error as Error).message }),
  )
  return options.includes('--no-block') ? { code: 0, text: '' } : done
}

function shown(unit: Unit | undefined, options: readonly string[]): string {
  const state = unit?.state() ?? {
    ActiveState: 'inactive',
    SubState: 'dead',
    Result: 'success',
    NRestarts: '0',
  }
  const all = { LoadState: unit === undefined ? 'not-found' : 'loaded', ...state }
  const wanted = options.flatMap(option => /^(?:--property|-p)=(.*)$/.exec(option)?.[1]?.split(',') ?? [])
  return Object.entries(all)
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .map(([name, value]) => (options.includes('--value') ? value : `${name}=${value}`))
    .join('\n')
}

/** Somebody else's: its state is what it was set to, and starting or stopping it does what is given. */
export function settableUnit(
  active: UnitState['ActiveState'],
  steps: { readonly start?: () => Promise<void>; readonly stop?: () => Promise<void> } = {},
): SettableUnit {
  let state = active
  return {
    state: () => ({
      ActiveState: state,
      SubState: state === 'active' ? 'running' : 'dead',
      Result: 'success',
      NRestarts: '0',
    }),
    set: next => {
      state = next
    },
    async start() {
      if (state === 'active') return
      await steps.start?.()
      state = 'active'
    },
    async stop() {
      if (state === 'inactive') return
      await steps.stop?.()
      state = 'inactive'
    },
  }
}
