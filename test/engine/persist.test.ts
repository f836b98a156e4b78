import t from 'tap'
import { controls } from '../../src/controls/index.js'
import { desire } from '../../src/engine/desire.js'
import type { BootFacts } from '../../src/model/boot-facts.js'
import type { Facts } from '../../src/model/facts.js'
import type { Policy } from '../../src/model/policy.js'
import { mergeLines } from '../../src/netfilter/rules-file.js'
import { platformFor } from '../../src/platforms/index.js'
import { factsOf, policyOf, taskOf } from '../fakes/machine.js'

const enabled = (file: string) => ({ file, enabled: true })
const there = (file: string) => ({ file, enabled: false })
const packaged = {
  'taskfence-host.service': there('/usr/lib/systemd/system/taskfence-host.service'),
  'taskfence.service': there('/usr/lib/systemd/system/taskfence.service'),
  'taskfence-fence.service': there('/usr/lib/systemd/system/taskfence-fence.service'),
}
const bootOf = (given: Partial<BootFacts> = {}): BootFacts => ({
  systemd: true,
  units: packaged,
  program: '/usr/bin/taskfence',
  laterSysctls: [],
  ...given,
})

/** Before the first task. */
const noSlice = { tree: 'v2', tasks: null, inside: [] } as const

interface Case {
  readonly boot?: Partial<BootFacts>
  readonly facts?: Partial<Facts>
  readonly policy?: Partial<Policy>
  readonly only?: readonly string[]
  readonly os?: string
}

const durable = new Set(['file', 'fence-file', 'service-unit', 'rules-file-lines', 'file-line'])

function entries({ boot, facts: given, policy, only, os = 'amzn' }: Case) {
  const base = factsOf({ boot: bootOf(boot), cgroups: noSlice, ...given })
  const facts = { ...base, os: { ...base.os, id: os } }
  const chosen = controls.filter(
    ({ id, os: family = 'linux' }) => family === 'linux' && (only?.includes(id) ?? true),
  )
  const desired = desire(
    { facts, policy: { ...policyOf(), ...policy }, platform: platformFor(facts.os) },
    chosen,
    only === undefined,
  )
  return desired.entries.filter(({ resource }) => durable.has(resource.kind))
}

/** "file /etc/…", "no unit …", with what stands in it where that is short. */
const twins = (given: Case): readonly string[] =>
  entries(given)
    .map(
      ({ id, state, reportOnly }) =>
        `${state === null ? 'no ' : ''}${id}${reportOnly === true ? ' (reported)' : ''}`,
    )
    .filter(words => !words.startsWith('no file /etc/systemd/system/docker.service.d'))

const sysctl = 'file /etc/sysctl.d/99-taskfence.conf'
const fence = 'file /etc/taskfence/fence.nft'
const loader = 'unit taskfence-fence.service'
const host = 'file /etc/taskfence/host.nft'
const hostLoader = 'unit taskfence-host.service'
const program = 'unit taskfence.service'
const own = (unit: string) => `file /etc/systemd/system/${unit}`
const beside = (unit: string) => own(`${unit}.d/taskfence.conf`)
const nftables = { ...packaged, 'nftables.service': there('/usr/lib/systemd/system/nftables.service') }
const include = (path: string) => `line "include \\"/etc/taskfence/fence.nf[t]\\" # taskfence" in ${path}`
const lines = (path: string) => `lines of taskfence in ${path}`
const allOff = Object.fromEntries(controls.map(({ id }) => [id, 'off' as const]))
const noNft = { nft: { version: '1.0.4', usable: false, expressions: [], because: 'no' } }
const legacy = { iptables: { ...factsOf().iptables, backend: 'legacy' } as NonNullable<Facts['iptables']> }
const slice = { cgroups: { tree: 'v2', tasks: 'ecstasks.slice', inside: [] } } as const
const hybrid = { cgroups: { tree: 'hybrid', tasks: 'unified/ecs', inside: [] } } as const
const always = [sysctl, fence, loader, program]
const withHost = [sysctl, fence, loader, host, hostLoader, program]

const rows: readonly (readonly [behaviour: string, given: Case, twins: readonly string[]])[] = [
  ['a file each, and the units that packages brought', {}, always],
  [
    'units that no package brought',
    { boot: { units: {} } },
    [sysctl, fence, own('taskfence-fence.service'), loader, own('taskfence.service'), program],
  ],
  [
    'a program that no unit could start',
    { boot: { units: {}, program: null } },
    [sysctl, fence, own('taskfence-fence.service'), loader],
  ],
  ['no systemd: nothing', { boot: { systemd: false } }, []],
  ['how it starts could not be told: nothing', { facts: { boot: null } }, []],
  ['a system known by ID_LIKE alone: nothing', { os: 'unheard-of' }, []],
  [
    'everything is turned off: what was there goes',
    { policy: { controls: allOff } },
    [`no ${sysctl}`, `no ${fence}`, `no ${loader}`, `no ${program}`],
  ],
  [
    'the sysctl is only reported',
    { policy: { controls: { 'route-localnet': 'observe' } } },
    [`${sysctl} (reported)`, fence, loader, program],
  ],
  [
    'one control alone does not enable what carries out the whole policy',
    { only: ['imds-bridge'] },
    [fence, loader],
  ],
  [
    'one control alone, turned off: the others may need the unit',
    { only: ['imds-bridge'], policy: { controls: allOff } },
    [`no ${fence}`],
  ],
  ['no nft: no fence', { facts: noNft }, [sysctl, program]],
  ['tasks in host network mode have a slice', { facts: slice }, withHost],
  ['an image: every current system has one', { facts: { cgroups: null } }, withHost],
  ['tasks that are in no slice of systemd', { facts: hybrid }, always],
  [
    "tasks in host network mode are nobody's business any more",
    { facts: slice, policy: { controls: { 'imds-host': 'off' } } },
    [sysctl, fence, loader, `no ${host}`, `no ${hostLoader}`, program],
  ],
  [
    'no slice now: what was written for the next one stays',
    { policy: { controls: { 'imds-host': 'off' } } },
    always,
  ],
  [
    'services that flush',
    { boot: { units: nftables } },
    [
      sysctl,
      fence,
      loader,
      beside('nftables.service'),
      `no ${include('/etc/sysconfig/nftables.conf')}`,
      program,
    ],
  ],
  [
    'policy: fail closed, and an include',
    {
      os: 'debian',
      boot: { units: nftables },
      policy: { persistence: { failClosed: true, nftablesInclude: true } },
    },
    [
      sysctl,
      fence,
      loader,
      beside('nftables.service'),
      beside('docker.service'),
      include('/etc/nftables.conf'),
      program,
    ],
  ],
  [
    "the system's own restore service",
    {
      boot: {
        units: { ...packaged, 'iptables.service': enabled('/usr/lib/systemd/system/iptables.service') },
      },
    },
    [sysctl, fence, loader, lines('/etc/sysconfig/iptables'), program],
  ],
  [
    'of Debian: one service, a file a family',
    {
      os: 'debian',
      boot: { units: { ...packaged, 'netfilter-persistent.service': enabled('/usr/lib/systemd/system/x') } },
    },
    [sysctl, fence, loader, lines('/etc/iptables/rules.v4'), lines('/etc/iptables/rules.v6'), program],
  ],
  [
    'one that is there and not enabled',
    {
      boot: { units: { ...packaged, 'iptables.service': there('/usr/lib/systemd/system/iptables.service') } },
    },
    always,
  ],
  [
    'legacy iptables: its modules, which the sandbox would not load',
    { facts: legacy },
    [sysctl, fence, loader, 'file /etc/modules-load.d/taskfence.conf', program],
  ],
]

t.test('durable twins', async t => {
  for (const [behaviour, given, wanted] of rows) t.same(twins(given), wanted, behaviour)
})

const stateOf = (id: string, given: Case = {}) => entries(given).find(entry => entry.id === id)?.state

t.test('what stands in them', async t => {
  t.match(
    stateOf(sysctl),
    /^net\.ipv4\.conf\.all\.route_localnet = 1\nnet\.ipv4\.conf\.default\.route_localnet = 1\n$/m,
  )
  t.match(
    stateOf(fence),
    /^add rule inet taskfence forward ip daddr 169\.254\.169\.254 .* drop comment "taskfence-imds-bridge"$/m,
  )
  t.notMatch(stateOf(fence), /delete table|flush ruleset|destroy/)
  t.notMatch(stateOf(fence, { policy: { controls: { 'imds-bridge': 'off' } } }), /169\.254\.169\.254/)
  t.match(
    stateOf(host, { facts: slice }),
    /^add rule inet taskfence_host output ip daddr 169\.254\.169\.254 socket cgroupv2 level 1 "ecstasks\.slice" /m,
  )
  t.notMatch(stateOf(fence, { facts: slice }), /cgroup/, 'what may not load stands apart')
  const id = 'ecstasks-0123.slice'
  const allowed = {
    facts: {
      cgroups: { ...slice.cgroups, inside: [id] },
      tasks: [taskOf('0123', { family: 'web', mode: 'host', cgroupParent: id })],
    },
    policy: { imdsAllow: [{ family: 'web', reason: 'it monitors' }] },
  }
  t.match(stateOf(host, allowed), /imds_host_cut/)
  t.notMatch(stateOf(host, allowed), id, 'the cgroup of a task is gone by then')
  t.match(
    stateOf(own('taskfence.service'), { boot: { units: {}, program: '/usr/local/bin/taskfence' } }),
    /^ExecStart=\/usr\/local\/bin\/taskfence watch$/m,
  )
  t.equal(
    stateOf('file /etc/modules-load.d/taskfence.conf', { facts: legacy }),
    '# Made by taskfence\nip6table_filter\niptable_filter\niptable_nat\n',
  )
})

t.test('a file as the package brings it, without chains of Docker, names none afterwards', async t => {
  const unit = enabled('/usr/lib/systemd/system/iptables.service')
  const merged = entries({ boot: { units: { ...packaged, 'iptables.service': unit } } }).flatMap(
    ({ resource }) =>
      resource.kind === 'rules-file-lines'
        ? [mergeLines('*filter\nCOMMIT\n*nat\nCOMMIT\n', resource.path, resource.lines, resource.tags)]
        : [],
  )
  t.match(merged.join(''), /--comment taskfence-/)
  t.notMatch(merged.join(''), /DOCKER-USER/, 'iptables-restore would refuse the whole file')
})

t.test('twins come after all runtime entries', async t => {
  const facts = factsOf({ boot: bootOf() })
  const linux = controls.filter(({ os = 'linux' }) => os === 'linux')
  const kinds = desire({ facts, policy: policyOf(), platform: platformFor(facts.os) }, linux).entries.map(
    ({ resource }) => durable.has(resource.kind),
  )
  t.equal(kinds.lastIndexOf(false), kinds.indexOf(true) - 1)
})

t.test('what someone should know of the next boot', async t => {
  const notes = (boot: Partial<BootFacts> | null, os = 'amzn') => {
    const facts = factsOf({ boot: boot === null ? null : bootOf(boot) })
    const given = { ...facts, os: { ...facts.os, id: os } }
    return platformFor(given.os).bootNotes(given).join('\n')
  }
  const later = { path: '/usr/lib/sysctl.d/zz.conf', key: 'net.ipv4.conf.all.route_localnet' }
  t.equal(notes({}), '')
  t.equal(notes(null), '')
  t.match(notes({ systemd: false }), /nothing survives a reboot/)
  t.match(notes({ units: {}, program: null }), /\/usr\/local\/bin/)
  t.match(
    notes({ laterSysctls: [{ ...later, value: '0' }] }),
    /becomes 0: \/usr\/lib\/sysctl\.d\/zz\.conf .* wins/,
  )
  t.equal(notes({ laterSysctls: [{ ...later, value: '1' }] }), '')
  t.match(notes({ units: { ...packaged, 'firewalld.service': enabled('x') } }), /firewalld is enabled/)
  t.match(notes({ units: { ...packaged, 'ufw.service': enabled('x') } }), /ufw is enabled/)
  t.equal(notes({ systemd: false }, 'unheard-of'), '', 'persistence: cannot tell is said already')
})
