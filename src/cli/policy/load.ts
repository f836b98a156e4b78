import type { Host } from '../../host/host.js'
import { TaskfenceError } from '../../model/errors.js'
import type { ControlId, Policy } from '../../model/policy.js'
import { complete, defaultPolicyPath } from './defaults.js'

/**
 * The policy in force. Without a path the default file, and the defaults where there is none. Rejects with E_POLICY:
 * a file that is asked for and missing, unreadable, writable by everybody, or not a policy in every detail.
 */
export async function loadPolicy(
  path: string | undefined,
  host: Host,
  controls: readonly { readonly id: ControlId }[],
): Promise<Policy> {
  const file = path ?? defaultPolicyPath
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
    return await host.files.read(file)
  } catch (cause) {
    const message = cause instanceof TaskfenceError ? cause.message : `${file}: cannot be read`
    throw refuse(message, 'Nothing was changed.', cause)
  }
}

/** Whoever writes the policy opens the fence. */
async function refuseOpenFile(file: string, host: Host): Promise<void> {
  const { exitCode, stdout } = await host.run({ file: 'stat', args: ['-L', '-c', '%a', '--', file] })
  const mode = parseInt(stdout.trim(), 8)
  if (exitCode !== 0 || Number.isNaN(mode))
    throw refuse(`${file}: cannot tell who may write it`, 'Nothing was changed.')
  if ((mode & 0o002) !== 0)
    throw refuse(`${file}: everybody may write it`, `Run \`chmod o-w ${file}\`. Nothing was changed.`)
}

const refuse = (message: string, hint: string, cause?: unknown): TaskfenceError =>
  new TaskfenceError('E_POLICY', message, { hint, cause })
