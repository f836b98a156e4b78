import type { Backend } from '../../src/model/facts.js'
import { find, lookUp } from './tools.js'

export interface Mounts {
  readonly backend: Backend
  /** Programs that are not to be found in the lab's PATH. */
  readonly without: readonly string[]
  /** Lines that mount its own cgroups, where it has them. */
  readonly cgroups?: readonly string[] | undefined
}

export const labPath = '/run/lab/bin'

/**
 * What the lab's first process runs: everything of this machine becomes read-only, except /run (empty), /etc and
 * /var (changes stay in memory); /sys and /proc show the lab's own interfaces and processes.
 */
export const mountScript = (mounts: Mounts): string =>
  [
    'mount -t tmpfs -o mode=755 tmpfs /run',
    `mkdir -p ${labPath} /run/tmp /run/lab/etc/upper /run/lab/etc/work /run/lab/var/upper /run/lab/var/work`,
    ...['etc', 'var'].map(
      folder =>
        `mount -t overlay overlay -o lowerdir=/${folder},upperdir=/run/lab/${folder}/upper,workdir=/run/lab/${folder}/work /${folder}`,
    ),
    ...systemdAsInstalled,
    ...(mounts.cgroups === undefined ? noTaskYet : ownCgroups(mounts.cgroups)),
    'while read -r _ _ _ _ point _; do case "$point" in',
    '/proc*|/sys*|/dev*|/run*|/etc|/var) ;;',
    '*) mount -o remount,bind,ro "$point" 2>/dev/null || true ;; esac; done < /proc/self/mountinfo',
    // Without this the lab must not start: a slip of a test would write to this machine.
    'if [ -w /usr ]; then echo "this machine stays writable" >&2; exit 1; fi',
    'rm -f /etc/os-release /etc/resolv.conf',
    // Who is not root may not touch what stands in folders of root, but may put others over them.
    'for folder in /etc/taskfence /etc/ecs /var/lib/ecs /var/lib/taskfence; do',
    'rm -rf $folder 2>/dev/null || mount -t tmpfs -o mode=755 tmpfs $folder; done',
    `mkdir -p ${ownFolders.join(' ')}`,
    ...ownFolders.map(folder => `mount -t tmpfs -o mode=755 tmpfs ${folder}`),
    ...links(mounts),
    'for set in all default; do echo 0 > /proc/sys/net/ipv6/conf/$set/accept_dad || true; done',
  ].join('\n')

const ownFolders = [
  '/var/log',
  ...['systemd/system', 'sysctl.d', 'modules-load.d', 'iptables', 'sysconfig'].map(name => `/etc/${name}`),
]

/** A picture of v2 before the first task, which no user needs rights for. */
const noTaskYet = [
  'mount -t sysfs sysfs /sys || true',
  'mount -t tmpfs tmpfs /sys/fs/cgroup && : > /sys/fs/cgroup/cgroup.controllers',
]

// Docker takes the first mount of a controller that the kernel lists, covered or not.
const ownCgroups = (lines: readonly string[]): readonly string[] => [
  'umount --recursive --lazy /sys/fs/cgroup',
  'mount -t sysfs sysfs /sys',
  ...lines,
]

/** A systemd that never runs, with the units that `make install` brings, whatever this machine is started by. */
const systemdAsInstalled = [
  'mkdir -p /run/lab/lib/upper/systemd/system /run/lab/lib/work',
  ': > /run/lab/lib/upper/systemd/systemd',
  'for unit in taskfence taskfence-fence; do : > /run/lab/lib/upper/systemd/system/$unit.service; done',
  'if [ -d /usr/lib/systemd ]; then mount --bind /run/lab/lib/upper/systemd /usr/lib/systemd',
  'else mount -t overlay overlay -o lowerdir=/usr/lib,upperdir=/run/lab/lib/upper,workdir=/run/lab/lib/work /usr/lib; fi',
]

const ordinary =
  'dockerd docker containerd containerd-shim-runc-v2 runc docker-init docker-proxy setsid setpriv nft ip bridge ss sysctl conntrack curl sh bash cat tee ls cp stat grep head rm rmdir mv ln mkdir mkfifo true false sleep env id kill find sha256sum touch mount umount unshare nsenter flock tcpdump'

/** One `ln` for all that keep their names: a lab is made some hundred times in a run of the tests. */
function links({ backend, without }: Mounts): readonly string[] {
  const multi = find(backend === 'legacy' ? 'xtables-legacy-multi' : 'xtables-nft-multi')
  const verbs = ['iptables', 'ip6tables'].flatMap(name => ['', '-save', '-restore'].map(verb => [name, verb]))
  const named = verbs.map(([name, verb]) => `ln -s ${multi} ${labPath}/${name}${verb}`)
  const either = ['nft', 'legacy'].flatMap(kind => verbs.map(([name, verb]) => `${name}-${kind}${verb}`))
  const kept = [...either, ...ordinary.split(' ')].filter(name => !without.includes(name))
  return [...named, `ln -s ${kept.flatMap(name => lookUp(name) ?? []).join(' ')} ${labPath}`]
}
