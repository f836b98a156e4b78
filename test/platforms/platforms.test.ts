import t from 'tap'
import type { OsFacts } from '../../src/model/facts.js'
import { platformFor, platforms } from '../../src/platforms/index.js'

const os = (id: string, ...idLike: readonly string[]): OsFacts => ({
  family: 'linux',
  id,
  idLike,
  versionId: '1',
  prettyName: `The ${id} system`,
})

const windows = (versionId: string, id = 'windows-server'): OsFacts => ({
  ...{ family: 'windows', id, idLike: [], versionId },
  prettyName: `The Windows ${versionId} system`,
})

const found: readonly (readonly [os: OsFacts, platform: string])[] = [
  [os('amzn', 'fedora'), 'amzn'],
  [os('amzn', 'centos', 'rhel', 'fedora'), 'amzn'],
  [os('rhel', 'fedora'), 'rhel'],
  [os('rocky', 'rhel', 'centos', 'fedora'), 'rhel'],
  [os('almalinux', 'rhel', 'centos', 'fedora'), 'rhel'],
  [os('fedora'), 'fedora'],
  [os('ubuntu', 'debian'), 'ubuntu'],
  [os('debian'), 'debian'],
  [os('raspbian', 'debian'), 'debian'],
  [os('linuxmint', 'ubuntu', 'debian'), 'ubuntu'],
  [os('sles', 'suse'), 'suse'],
  [os('opensuse-leap', 'suse', 'opensuse'), 'suse'],
  ...['2016', '2019', '2022', '2025'].map(year => [windows(year), 'windows-server'] as const),
]

t.test('by id, then by what it is like', async t => {
  for (const [facts, id] of found)
    t.equal(platformFor(facts).id, id, `${facts.id} (like ${facts.idLike.join(' ') || 'nothing'}) is ${id}`)
})

const refused: readonly (readonly [os: OsFacts, hint: RegExp])[] = [
  [os('bottlerocket'), /settings\.ecs\.awsvpc-block-imds/],
  [os('flatcar', 'coreos'), /systemd\.units .* ECS_AWSVPC_BLOCK_IMDS=true/],
  [os('ubuntu-core', 'debian'), /ECS_AWSVPC_BLOCK_IMDS=true/],
  [os('alpine'), /Supported are Amazon Linux, .*openSUSE, and whatever names one/],
  [os('arch'), /ID_LIKE/],
  [os(''), /ID_LIKE/],
  [os('Amzn'), /ID_LIKE/],
  [windows('build 25398'), /supported: Windows Server 2016, 2019/],
  [windows('build 22631', 'windows'), /Windows Server/],
]

t.test('what cannot be served is refused with a hint', async t => {
  for (const [facts, hint] of refused)
    t.throws(
      () => platformFor(facts),
      { code: 'E_UNSUPPORTED', message: /The .* system/, hint },
      facts.id || 'no id',
    )
})

t.test('every platform says who it is', async t => {
  t.equal(new Set(platforms.map(platform => platform.id)).size, platforms.length, 'once each')
  for (const { id, title, sources } of platforms)
    t.ok(title !== '' && sources.some(source => source.startsWith('https://')), id)
})
