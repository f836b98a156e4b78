import { posix } from 'node:path'
import type { FileStat, Host } from '../../host/host.js'
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
  const found = await statOf(file, host)
  if (found === null) return untold
  if ((found.mode & 0o002) === 0) return undefined
  return { message: 'everybody may write it', hint: `Run \`chmod o-w ${file}\`.` }
}

/** Of what links lead to. The mode of a link itself says nothing. */
async function statOf(file: string, host: Host, links = 0): Promise<FileStat | null> {
  const target = await host.files.link(file)
  if (target === null) return host.files.stat(file)
  return links === 40 ? null : statOf(posix.resolve(posix.dirname(file), target), host, links + 1)
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
