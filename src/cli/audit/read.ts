import type { AuditProof } from '../../model/audit.js'
import type { Host } from '../../host/host.js'
import { TaskfenceError } from '../../model/errors.js'
import { placesOf } from '../../platforms/places.js'
import type { Call } from '../command.js'
import { readStatus } from '../status.js'
import { walk, type Head } from './chain.js'
import { auditFiles } from './log.js'

/** The whole log, walked along. Rejects with E_FILE where it cannot be read, E_UNSUPPORTED where none is kept. */
export async function readAudit(call: Call): Promise<AuditProof> {
  const host = await call.parts.host()
  const folder = placesOf(host).logFolder
  if (folder === null)
    throw new TaskfenceError('E_UNSUPPORTED', 'no audit log is kept on this system', {
      hint: 'taskfence watch keeps it, on Linux.',
    })
  const { audit } = await call.policy()
  const texts = await Promise.all(
    auditFiles(folder, audit).map(async file => ({ file, text: await host.files.read(file) })),
  )
  return walk(
    texts.flatMap(({ file, text }) => (text === null ? [] : [{ file, text }])).reverse(),
    await toldHead(host),
  )
}

/** The same for who writes: that it cannot be told holds nothing up. */
export const knownHead = (host: Host): Promise<Head | null> => toldHead(host).catch(() => null)

/** What the daemon remembers beside the log: that the end of it was cut off shows nowhere else. */
async function toldHead(host: Host): Promise<Head | null> {
  const { number = null, hash = null } = (await readStatus(host))?.audit ?? {}
  return number === null || hash === null ? null : { number, hash }
}
