import fc from 'fast-check'
import t from 'tap'
import { detectOs, parseOsRelease } from '../../src/detect/os.js'
import type { OsFacts } from '../../src/model/facts.js'
import { fakeHost, unreadable } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const releases: readonly (readonly [text: string, facts: Partial<OsFacts> & { readonly id: string }])[] = [
  [
    'NAME="Amazon Linux"\nVERSION="2"\nID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"\nPRETTY_NAME="Amazon Linux 2"\nANSI_COLOR="0;33"\n',
    { id: 'amzn', idLike: ['centos', 'rhel', 'fedora'], versionId: '2', prettyName: 'Amazon Linux 2' },
  ],
  [
    'NAME="Amazon Linux"\nVERSION="2023"\nID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\nPLATFORM_ID="platform:al2023"\nPRETTY_NAME="Amazon Linux 2023.9.20260810"\n',
    { id: 'amzn', idLike: ['fedora'], versionId: '2023', prettyName: 'Amazon Linux 2023.9.20260810' },
  ],
  [
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n',
    { id: 'debian', idLike: [], versionId: '12' },
  ],
  [
    'PRETTY_NAME="Ubuntu 24.04.1 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
    { id: 'ubuntu', idLike: ['debian'], versionId: '24.04' },
  ],
  [
    'NAME="Red Hat Enterprise Linux"\nVERSION="9.4 (Plow)"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\nPRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"\n',
    { id: 'rhel', idLike: ['fedora'], versionId: '9.4' },
  ],
  [
    'NAME="SLES"\nVERSION="15-SP6"\nVERSION_ID="15.6"\nPRETTY_NAME="SUSE Linux Enterprise Server 15 SP6"\nID="sles"\nID_LIKE="suse"\n',
    { id: 'sles', idLike: ['suse'], versionId: '15.6' },
  ],
  [
    'NAME=Bottlerocket\nID=bottlerocket\nVERSION="1.26.1 (aws-ecs-2)"\nPRETTY_NAME="Bottlerocket OS 1.26.1 (aws-ecs-2)"\nVARIANT_ID=aws-ecs-2\nVERSION_ID=1.26.1\n',
    { id: 'bottlerocket', idLike: [], versionId: '1.26.1' },
  ],
  ["NAME='One Two'\nID=newos\nID_LIKE='debian  ubuntu'\n", { id: 'newos', idLike: ['debian', 'ubuntu'] }],
]

t.test('what distributions write', async t => {
  for (const [text, facts] of releases) t.match(parseOsRelease(text), { family: 'linux', ...facts }, facts.id)
})

const oddities: readonly (readonly [behaviour: string, text: string, facts: Partial<OsFacts>])[] = [
  ['an empty file is "linux"', '', { id: 'linux', idLike: [], versionId: '', prettyName: 'linux' }],
  ['without PRETTY_NAME the id is the name', 'ID=arch\n', { id: 'arch', prettyName: 'arch' }],
  ['no version, as on a rolling release', 'ID=arch\n', { versionId: '' }],
  ['escapes in double quotes', 'PRETTY_NAME="a \\"b\\" \\$c \\\\"\n', { prettyName: 'a "b" $c \\' }],
  ['comments and broken lines are passed over', '# ID=no\nID = no\n=x\nID\nID=yes\n', { id: 'yes' }],
  ['the last of two wins', 'ID=a\nID=b\n', { id: 'b' }],
  [
    'carriage returns are no part of a value',
    'ID=amzn\r\nVERSION_ID="2"\r\n',
    { id: 'amzn', versionId: '2' },
  ],
  ['no newline at the end', 'ID=amzn', { id: 'amzn' }],
]

for (const [behaviour, text, facts] of oddities)
  t.test(behaviour, async t => t.match(parseOsRelease(text), facts))

t.test('any text at all gives facts', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), text => parseOsRelease(text).family === 'linux'))
  const line = fc.stringMatching(/^(ID|ID_LIKE|VERSION_ID)=["'\\ a-z]*$/)
  fc.assert(
    fc.property(fc.array(line), lines => parseOsRelease(lines.join('\n')).idLike.every(word => word !== '')),
  )
})

t.test('where it stands', async t => {
  const etc = '/etc/os-release'
  const usr = '/usr/lib/os-release'
  t.match(
    await detectOs(fakeHost({ files: { [etc]: 'ID=a', [usr]: 'ID=b' } })),
    { id: 'a' },
    '/etc comes first',
  )
  t.match(await detectOs(fakeHost({ files: { [usr]: 'ID=b' } })), { id: 'b' })
  await t.rejects(detectOs(fakeHost()), { code: 'E_UNSUPPORTED' }, 'nowhere')
  await t.rejects(detectOs(fakeHost({ files: { [etc]: unreadable } })), { code: 'E_FILE' }, 'unreadable')
})
