import { execute, type Environment } from './execute.js'
import type { Lab } from './lab.js'
import type { Unit, UnitState } from './systemd.js'

/** ecs.service of Amazon Linux: what systemd does with ecs-init's steps (packaging/amazon-linux-ami-integrated/ecs.service). */
export interface EcsService extends Unit {
  /** Each step that has ended: "post-stop: 0", and what it said. */
  readonly journal: readonly string[]
  /** SIGKILL to the step or the agent that runs; systemd does the rest. */
  kill(): Promise<void>
}

export interface EcsServiceOptions {
  /** Started first; where it does not run, pre-start fails. */
  readonly docker: Unit
  /** Waited for as long as it starts (After=cloud-final.service). */
  readonly after?: Unit
  /** RestartSec=, in milliseconds. 10,000 when left out. */
  readonly restartMs?: number
}

export function ecsService(lab: Lab, { docker, after, restartMs = 10_000 }: EcsServiceOptions): EcsService {
  let state: UnitState = { ActiveState: 'inactive', SubState: 'dead', Result: 'success', NRestarts: '0' }
  let stopping = false
  let life = Promise.resolve()
  let jobs = Promise.resolve()
  let running: Step | undefined
  const journal: string[] = []
  const step = (word: string): Step => (running = begin(lab, word, journal))
  const become = (ActiveState: UnitState['ActiveState'], SubState: string, rest: Partial<UnitState> = {}) => {
    state = { ...state, ActiveState, SubState, ...rest }
  }

  /** From pre-start to post-stop. Answers whether systemd is to try again. */
  async function once(active: () => void): Promise<boolean> {
    become('activating', 'start-pre')
    let code = docker.state().ActiveState === 'active' ? await step('pre-start').ended : 1
    if (code === 0 && !stopping) {
      const main = step('start')
      become('active', 'running')
      active()
      code = await main.ended
    }
    become('deactivating', 'stop-post')
    await step('post-stop').ended
    const failed = !stopping && code !== 0
    const again = failed && code !== terminal
    if (!again) become(failed ? 'failed' : 'inactive', 'dead', { Result: failed ? 'exit-code' : 'success' })
    return again
  }

  async function live(active: () => void, failed: () => void): Promise<void> {
    for (let restarts = 1; await once(active); restarts++) {
      become('activating', 'auto-restart', { Result: 'exit-code', NRestarts: `${restarts}` })
      failed()
      for (const end = Date.now() + restartMs; Date.now() < end && !stopping;) await pause(20)
      if (!stopping) continue
      become('inactive', 'dead')
      return
    }
    failed()
  }

  async function start(): Promise<void> {
    if (state.ActiveState === 'active') return
    while (after?.state().ActiveState === 'activating') await pause(20)
    await docker.start()
    stopping = true
    await life
    stopping = false
    become('activating', 'start-pre', { NRestarts: '0' })
    await new Promise<void>((resolve, reject) => {
      const failed = () => {
        reject(new Error(jobFailed))
      }
      life = live(resolve, failed).catch(() => {
        // The lab is gone.
        become('failed', 'dead')
        failed()
      })
    })
  }

  async function stop(): Promise<void> {
    stopping = true
    const main = running
    if (state.ActiveState === 'active') await begin(lab, 'stop', journal).ended
    if (state.SubState === 'start-pre' || state.SubState === 'running') await main?.signal('TERM')
    await life
  }

  /** One job after the other. */
  const job = (work: () => Promise<void>): Promise<void> => {
    const done = jobs.then(work)
    jobs = done.catch(() => undefined)
    return done
  }
  return {
    journal,
    state: () => state,
    start: () => job(start),
    stop: () => job(stop),
    kill: async () => running?.signal('KILL'),
  }
}

/** The agent's word for "do not start me again" (RestartPreventExitStatus=5). */
const terminal = 5

const jobFailed = `Job for ecs.service failed because the control process exited with error code.
See "systemctl status ecs.service" and "journalctl -xeu ecs.service" for details.`

interface Step {
  /** Its exit code; 1 where a signal ended it. */
  readonly ended: Promise<number>
  signal(name: 'KILL' | 'TERM'): Promise<void>
}

let begun = 0

function begin(lab: Lab, word: string, journal: string[]): Step {
  const pidFile = `/run/lab/ecs-init-${(begun += 1)}.pid`
  const shell = ['sh', '-c', `echo $$ > ${pidFile}; exec "$@"`, 'sh', '/usr/libexec/amazon-ecs-init', word]
  const run = async () => {
    const argv = lab.enter(shell, 'host', await environment(lab))
    const { exitCode, stdout, stderr } = await execute(argv, { timeoutMs: 3_600_000 }).catch(
      (error: unknown) => ({ exitCode: 1, stdout: '', stderr: (error as Error).message }),
    )
    journal.push(`${word}: ${exitCode} ${stdout}${stderr}`.trim())
    return exitCode
  }
  return {
    ended: run(),
    async signal(name) {
      const script = `until [ -s ${pidFile} ]; do sleep 0.01; done; kill -${name} $(cat ${pidFile})`
      await lab.exec(['sh', '-c', script])
    },
  }
}

/** EnvironmentFile=-/etc/ecs/ecs.config, as systemd.exec(5) reads it: read again for each step. */
async function environment(lab: Lab): Promise<Environment> {
  const text = (await lab.agent('host').ask({ op: 'read', path: '/etc/ecs/ecs.config' })) as string | null
  const assignments = [...(text ?? '').matchAll(/^[ \t]*([A-Za-z_]\w*)=[ \t]*(.*?)\s*$/gm)]
  return Object.fromEntries(
    assignments.map(([, name = '', value = '']) => [name, value.replace(/^(["'])(.*)\1$/, '$2')]),
  )
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))
