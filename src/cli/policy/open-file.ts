import type { Host } from '../../host/host.js'
import { TaskfenceError } from '../../model/errors.js'
import { placesOf } from '../../platforms/places.js'
import { isText, valuesOf } from '../../windows/values.js'
import { answerOf, scriptCommand } from '../../windows/script.js'

/** Whoever writes the policy opens the fence. Why this file is none to trust; undefined where it is. */
export const openFileFault = (file: string, host: Host): Promise<OpenFault | undefined> =>
  placesOf(host).hasPosixTools ? byMode(file, host) : byAccessList(file, host)

export interface OpenFault {
  readonly message: string
  readonly hint: string
}

async function byMode(file: string, host: Host): Promise<OpenFault | undefined> {
  const { exitCode, stdout } = await host.run({ file: 'stat', args: ['-L', '-c', '%a', '--', file] })
  const mode = parseInt(stdout.trim(), 8)
  if (exitCode !== 0 || Number.isNaN(mode)) return untold
  if ((mode & 0o002) === 0) return undefined
  return { message: 'everybody may write it', hint: `Run \`chmod o-w ${file}\`.` }
}

async function byAccessList(file: string, host: Host): Promise<OpenFault | undefined> {
  const command = scriptCommand(host.scripts(), 'Get-Writer.ps1', ['-Path', file], { timeoutMs: 30_000 })
  try {
    const answer = valuesOf('Get-Writer.ps1', answerOf(command, await host.run(command)))
    const others = answer.list('others', String).filter(isText)
    if (others.length === 0) return undefined
    return {
      message: `others than Administrators may write it: ${others.join(', ')}`,
      hint: 'Give it to the Administrators, and take the others out of its access list (icacls).',
    }
  } catch (error) {
    if (error instanceof TaskfenceError) return { ...untold, hint: error.message }
    throw error
  }
}

const untold: OpenFault = { message: 'cannot tell who may write it', hint: '' }
