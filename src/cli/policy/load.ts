import type { Host } from '../../host/host.js'
import { TaskfenceError } from '../../model/errors.js'
import type { ControlId, DaemonPolicy } from '../../model/policy.js'
import { placesOf } from '../../platforms/places.js'
import { complete } from './defaults.js'
import { openFileFault } from './open-file.js'

/**
 * The policy in force. Without a path the default file, and the defaults where there is none. Rejects with E_POLICY:
 * a file that is asked for and missing, unreadable, writable by everybody, or not a policy in every detail.
 */
export async function loadPolicy(
  path: string | undefined,
  host: Host,
  controls: readonly { readonly id: ControlId }[],
): Promise<DaemonPolicy> {
  const file = path ?? placesOf(host).policy
  const text = await read(file, host)
  if (text === null) {
    if (path !== undefined) throw refuse(`${file}: no such file`, 'Nothing was changed.')
    return complete({}, controls)
  }
  await refuseOpenFile(file, host)
  // The parser and the schema are loaded only where there is a policy to read.
  const { parsePolicy } = await import('./parse.js')
  return complete(parsePolicy(text, file, controls), controls)
}

async function read(file: string, host: Host): Promise<string | null> {
  try {
    // A pipe without a writer would keep us waiting.
    return await host.files.readText(file)
  } catch (cause) {
    const message = cause instanceof TaskfenceError ? cause.message : `${file}: cannot be read`
    throw refuse(message, 'Nothing was changed.', cause)
  }
}

async function refuseOpenFile(file: string, host: Host): Promise<void> {
  const fault = await openFileFault(file, host)
  if (fault !== undefined)
    throw refuse(`${file}: ${fault.message}`, `${fault.hint} Nothing was changed.`.trim())
}

const refuse = (message: string, hint: string, cause?: unknown): TaskfenceError =>
  new TaskfenceError('E_POLICY', message, { hint, cause })
