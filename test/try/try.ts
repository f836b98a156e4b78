import { existsSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createLab, type Lab } from '../lab/lab.js'
import { userBridge } from '../lab/options.js'
import { missingTools } from '../lab/tools.js'
import { attacks, type Attack } from './attacks.js'
import { ask, fenced, unfenced, type Promised } from './requests.js'
import { screenOf, type Screen } from './screen.js'

// The main job on a throw-away host, with real rules and real requests. Exits 1 when one does not go as promised.

const screen = screenOf(process.stdout, process.env)
const cli = ['../taskfence.js', './taskfence.js']
  .map(path => fileURLToPath(new URL(path, import.meta.url)))
  .find(existsSync)

process.exitCode = await main()

async function main(): Promise<number> {
  const missing = missingTools()
  if (missing.length > 0 || cli === undefined) {
    process.stderr.write(
      `try: missing here: ${cli === undefined ? 'dist/taskfence.js (make build)' : missing.join(', ')}\n`,
    )
    return 1
  }
  const before = Date.now()
  let lab: Lab
  try {
    lab = await createLab({ bridges: ['docker0', userBridge], docker: 'docker20', cli })
  } catch (error) {
    process.stderr.write(`try: no throw-away host here: ${(error as Error).message}\n`)
    process.stderr.write('try: as root it works everywhere; some systems refuse user namespaces to others.\n')
    return 1
  }
  try {
    return await show(lab, Date.now() - before)
  } finally {
    await lab.dispose()
  }
}

async function show(lab: Lab, builtInMs: number): Promise<number> {
  const run = (args: string, wanted: number) => taskfence(lab, screen, args, wanted)
  const see = async (title: string, promised: Promised) => {
    screen.heading(title)
    return ask(lab, screen, promised)
  }
  screen.heading(`A throw-away ECS host, built in ${(builtInMs / 1000).toFixed(1)} s`)
  screen.say(
    "  Network, processes and files of its own, with Docker 20.10's real rules, a task on docker0, one on a",
  )
  screen.say('  user-defined network, the instance metadata service, and a machine on the same LAN.')
  screen.say('  Nothing of this machine is touched.')

  let wrong = await run('facts', 0)
  wrong += await see('Real requests, before', unfenced)
  wrong += await run('plan', 2)
  wrong += await run('apply', 0)
  wrong += await run('check', 0)
  wrong += await see('The same requests, after', fenced)
  for (const [index, attack] of attacks.entries()) wrong += await suffer(lab, screen, index + 1, attack)

  screen.heading(
    wrong === 0 ? 'That was all, and it went as promised' : `${wrong} things did not go as promised`,
  )
  screen.say('  The throw-away host is gone with this program. On a real host:')
  screen.say()
  screen.say('    sudo make install')
  screen.say('    sudo taskfence plan      # writes nothing')
  screen.say('    sudo taskfence apply')
  screen.say()
  return wrong === 0 ? 0 : 1
}

async function suffer(lab: Lab, screen: Screen, number: number, attack: Attack): Promise<number> {
  screen.heading(`Attack ${number}: ${attack.title}`)
  let wrong = await ask(lab, screen, fenced)
  screen.say()
  const forward = (await lab.must(['iptables', '-S', 'FORWARD'])).split('\n')
  for (const command of attack.commands(forward)) {
    screen.say(`  # ${command.join(' ')}`)
    await lab.must(command)
  }
  screen.say()
  wrong += await ask(lab, screen, attack.keepsCredentials ? fenced : unfenced)
  wrong += await taskfence(lab, screen, 'check', attack.check)
  wrong += await taskfence(lab, screen, 'apply', 0)
  screen.say()
  return wrong + (await ask(lab, screen, fenced))
}

/** Prints what the program prints, as it prints it; answers 1 when its exit code is another. */
async function taskfence(lab: Lab, screen: Screen, args: string, wanted: number): Promise<number> {
  screen.heading(`$ taskfence ${args}`)
  const { TERM, NO_COLOR, COLUMNS } = process.env
  const program = [process.execPath, cli ?? '', ...args.split(' ')]
  const [file = '', ...argv] = lab.enter(program, 'host', { TERM, NO_COLOR, COLUMNS })
  const child = spawn(file, argv, {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code === wanted) screen.say(screen.faint(`\n  exit code ${code}`))
  else screen.say(screen.bad(`\n  exit code ${String(code)}, expected: ${wanted}`))
  return code === wanted ? 0 : 1
}
