import { TaskfenceError } from '../model/errors.js'
import type { OsFacts } from '../model/facts.js'
import type { Platform } from './platform.js'

const linux = (names: readonly [string, ...string[]], title: string, source: string): Platform => ({
  id: names[0],
  names,
  title,
  source,
  matches: os => names.includes(os.id) || os.idLike.includes(names[0]),
})

/** By ID, then by ID_LIKE, first match wins. */
export const platforms: readonly Platform[] = [
  linux(['amzn'], 'Amazon Linux', 'https://docs.aws.amazon.com/linux/'),
  linux(
    ['rhel', 'rocky', 'almalinux', 'centos'],
    'Red Hat Enterprise Linux and its rebuilds',
    'https://docs.redhat.com/',
  ),
  linux(['fedora'], 'Fedora', 'https://docs.fedoraproject.org/'),
  linux(['ubuntu'], 'Ubuntu', 'https://documentation.ubuntu.com/'),
  linux(['debian'], 'Debian', 'https://www.debian.org/doc/'),
  linux(
    ['suse', 'sles', 'opensuse-leap', 'opensuse-tumbleweed'],
    'SUSE Linux Enterprise and openSUSE',
    'https://documentation.suse.com/',
  ),
  {
    id: 'windows-server',
    names: ['windows-server'],
    title: 'Windows Server 2016, 2019, 2022, 2025',
    source: 'https://learn.microsoft.com/windows-server/',
    matches: ({ id, versionId }) => id === 'windows-server' && /^20\d\d$/.test(versionId),
  },
]

/** Hosts whose file system is not ours to write to; each has a setting of its own. */
const immutable: Readonly<Record<string, string>> = {
  bottlerocket:
    'Bottlerocket sets itself up: use settings.ecs.awsvpc-block-imds for awsvpc tasks, and a metadata hop limit of 1 for bridge tasks',
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
  throw new TaskfenceError(
    'E_UNSUPPORTED',
    `${os.prettyName} (ID=${os.id}) is not a supported distribution`,
    {
      hint: `supported: ${platforms.map(platform => platform.title).join(', ')}, and whatever names one of them in ID_LIKE`,
    },
  )
}
