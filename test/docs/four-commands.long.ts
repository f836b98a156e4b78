import { readFileSync } from 'node:fs'
import t from 'tap'
import { createLab, type Lab, type Where } from '../lab/lab.js'
import { userBridge, type LabOptions } from '../lab/options.js'
import { missingTools } from '../lab/tools.js'

// "Why not the four commands" of README.md, row by row: a packet on a host where they were typed, and the same packet once
// taskfence was there as well.

/** As the Amazon ECS Developer Guide has them. */
const fourCommands = [
  'sysctl -q -w net.ipv4.conf.all.route_localnet=1',
  'iptables -t nat -A PREROUTING -p tcp -d 169.254.170.2 --dport 80 -j DNAT --to-destination 127.0.0.1:51679',
  'iptables -t nat -A OUTPUT -d 169.254.170.2 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679',
  'iptables --insert DOCKER-USER 1 --in-interface docker+ --destination 169.254.169.254/32 --jump DROP',
]

interface Row {
  /** The first cell. */
  readonly title: string
  readonly lab?: LabOptions
  /** What happens then. */
  readonly event?: string
  readonly from: Where
  readonly url: string
  readonly without: string
  readonly fenced: string
}

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'
const [answered, cut] = ['answered 200', 'timed out']
const open = { url: metadata, without: answered, fenced: cut }

const rows: readonly Row[] = [
  { title: 'a task on a user-defined network (`br-…`, or any name)', from: userBridge, ...open },
  {
    title: 'the metadata service over IPv6, fd00:ec2::254',
    from: 'docker0',
    ...open,
    url: 'http://[fd00:ec2::254]/latest/meta-data/instance-id',
  },
  {
    title: 'somebody puts an ACCEPT above',
    event: 'iptables -I FORWARD 1 -j ACCEPT; iptables -I DOCKER-USER 1 -j ACCEPT',
    from: 'docker0',
    ...open,
  },
  {
    title: 'the jump to DOCKER-USER is lost',
    event: 'iptables -D FORWARD -j DOCKER-USER',
    from: 'docker0',
    ...open,
  },
  {
    title: '`iptables -F`, or a restart of `iptables.service`',
    event: 'iptables -P FORWARD ACCEPT; iptables -F',
    from: 'docker0',
    ...open,
  },
  {
    title: 'a machine on the same LAN routes 169.254.170.2 through this host',
    from: 'neighbour',
    url: credentials,
    without: answered,
    fenced: cut,
  },
  {
    title: 'a machine on the same LAN sends to 127.0.0.1 of this host (CVE-2020-8558)',
    from: 'neighbour',
    url: 'http://127.0.0.1:51679/v2/credentials/lab-task',
    without: answered,
    fenced: cut,
  },
  {
    title: "another machine asks the agent's introspection port 51678 (CVE-2025-9039)",
    from: 'neighbour',
    url: 'http://10.0.0.10:51678/v1/metadata',
    without: answered,
    fenced: cut,
  },
  {
    title: 'INPUT drops by default (CIS images)',
    lab: { extras: ['cis-input-drop'] },
    from: 'docker0',
    url: credentials,
    without: cut,
    fenced: answered,
  },
]

const skip = missingTools().join(', ')

for (const { title, lab: options = {}, event, from, url, without, fenced } of rows)
  t.test(title, { skip }, async t => {
    for (const [host, wanted] of [
      ['the four commands', without],
      ['with taskfence', fenced],
    ] as const) {
      const lab = await createLab(options)
      t.teardown(() => lab.dispose())
      await typeAll(lab)
      if (host === 'with taskfence') t.match(await lab.taskfence(['apply']), { exitCode: 0 })
      if (event !== undefined) await lab.must(['sh', '-ec', event])
      t.equal(await lab.http(from, url), wanted, host)
    }
  })

t.test('the commands run twice', { skip }, async t => {
  const lab = await createLab()
  t.teardown(() => lab.dispose())
  const copies = async () =>
    (await lab.must(['iptables', '-t', 'nat', '-S'])).split('--to-ports 51679').length - 1
  await typeAll(lab)
  await typeAll(lab)
  t.equal(await copies(), 2, 'every rule twice')
  const fenced = await createLab()
  t.teardown(() => fenced.dispose())
  await fenced.taskfence(['apply'])
  t.match(await fenced.taskfence(['apply']), { exitCode: 0, stdout: /nothing to change/ }, 'nothing changes')
})

/** Real engines: test/host/docker.test.ts. */
const elsewhere = ['Docker 28 restarts with live containers', 'the commands run twice']

t.test('the table has these rows, and no other', async t => {
  for (const page of ['README.md']) {
    const [, table = ''] =
      /\n(\| [^\n]*(?:the four commands)[^]*?)\n\n/.exec(readFileSync(page, 'utf8')) ?? []
    const cells = table.split('\n').map(line => line.split('|')[1]?.trim() ?? '')
    t.same(cells.slice(2).sort(), [...rows.map(({ title }) => title), ...elsewhere].sort(), page)
  }
})

async function typeAll(lab: Lab): Promise<void> {
  for (const command of fourCommands) await lab.must(['sh', '-ec', command])
}
