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
    platforms.find(platform => platform.names.includes(os.id)) ??
    platforms.find(platform => platform.matches(os))
  if (found !== undefined) return found
  throw new TaskfenceError(
    'E_UNSUPPORTED',
    `${os.prettyName} (ID=${os.id}) is not a supported distribution`,
    {
      hint: `supported: ${platforms.map(platform => platform.title).join(', ')}, and whatever names one of them in ID_LIKE`,
    },
  )
}
