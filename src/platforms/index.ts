import { TaskfenceError } from '../model/errors.js'
import type { OsFacts } from '../model/facts.js'
import { amazonLinux } from './amazon-linux.js'
import { debian } from './debian.js'
import { fedora } from './fedora.js'
import type { Platform } from './platform.js'
import { redHat } from './red-hat.js'
import { suse } from './suse.js'
import { ubuntu } from './ubuntu.js'
import { windowsServer } from './windows-server.js'

/** By ID, then by ID_LIKE, first match wins. */
export const platforms: readonly Platform[] = [
  amazonLinux,
  redHat,
  fedora,
  ubuntu,
  debian,
  suse,
  windowsServer,
]

/** Hosts whose file system is not ours to write to; each has a setting of its own. */
const immutable: Readonly<Record<string, string>> = {
  bottlerocket:
    'Bottlerocket sets itself up: use settings.ecs.awsvpc-block-imds for awsvpc tasks, and a metadata hop limit of 1 for bridge tasks',
  flatcar:
    'Flatcar is set up by its Ignition config: systemd.units and storage.files of a Butane config for the documented rules, ECS_AWSVPC_BLOCK_IMDS=true in the unit of the agent for awsvpc tasks, and a metadata hop limit of 1 for bridge tasks',
  'ubuntu-core':
    'Ubuntu Core runs snaps alone: use ECS_AWSVPC_BLOCK_IMDS=true of the agent for awsvpc tasks, and a metadata hop limit of 1 for bridge tasks',
}

/** Rejects hosts that taskfence cannot serve: E_UNSUPPORTED. */
export function platformFor(os: OsFacts): Platform {
  const refusal = immutable[os.id]
  if (refusal !== undefined)
    throw new TaskfenceError('E_UNSUPPORTED', `${os.prettyName} is not supported`, { hint: refusal })
  const found =
    platforms.find(platform => platform.names.includes(os.id) && platform.matches(os)) ??
    platforms.find(platform => platform.matches(os))
  if (found !== undefined) return found
  if (os.family === 'windows')
    throw new TaskfenceError(
      'E_UNSUPPORTED',
      `${os.prettyName} (${os.versionId}) is not a supported release of Windows`,
      {
        hint: 'supported: Windows Server 2016, 2019, 2022, 2025, as Amazon ECS runs them',
      },
    )
  const titles = platforms.flatMap(({ title, id }) => (id === windowsServer.id ? [] : [title])).join(', ')
  throw new TaskfenceError(
    'E_UNSUPPORTED',
    `${os.prettyName} (ID=${os.id}) is not a supported distribution`,
    {
      hint: `Supported are ${titles}, and whatever names one of them in ID_LIKE.`,
    },
  )
}
