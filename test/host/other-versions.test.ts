import { existsSync } from 'node:fs'
import t from 'tap'
import { createLab } from '../lab/lab.js'
import { find, missingTools } from '../lab/tools.js'
import type { ToldReport } from './reality.js'

// The nft and iptables of other releases, from the roots of the booted hosts: what they print of our rules is read rightly.

const programs = [
  'nft',
  'iptables',
  'ip6tables',
  'iptables-save',
  'ip6tables-save',
  'iptables-restore',
  'ip6tables-restore',
]
const missing = missingTools()

for (const release of ['bookworm', 'trixie', 'sid']) {
  const root = `/var/cache/taskfence-test/${release}-docker`
  const why =
    missing.length > 0
      ? `${missing.join(', ')} not installed`
      : process.getuid?.() !== 0
        ? 'chroot needs root'
        : existsSync(`${root}/usr/sbin/nft`)
          ? undefined
          : `there is no ${root}, which make test-machine makes`
  t.test(release, { skip: why === undefined ? false : `NOT TESTED: ${why}` }, async t => {
    const lab = await createLab({ docker: 'none', bridges: ['docker0'] })
    t.teardown(() => lab.dispose())
    for (const name of programs) {
      const text = `#!/bin/sh\nexec ${find('chroot')} ${root} /usr/sbin/${name} "$@"\n`
      await lab.agent('host').ask({ op: 'write', path: `/run/lab/bin/${name}`, text, mode: 0o755 })
    }
    t.comment(
      (await lab.must(['sh', '-c', '/run/lab/bin/nft --version; /run/lab/bin/iptables --version'])).trim(),
    )
    const first = await lab.taskfence(['apply'])
    t.equal(first.exitCode, 0, 'it is applied', { told: first.stdout + first.stderr })
    const second = JSON.parse((await lab.taskfence(['check', '--format', 'json'])).stdout) as ToldReport
    t.strictSame(
      [...new Set(second.outcomes.filter(({ id }) => /tables|^nft/.test(id)).map(({ status }) => status))],
      ['in-sync'],
      'what was written is found again',
    )
    t.equal(
      await lab.http('docker0', 'http://169.254.169.254/', { timeoutMs: 700 }),
      'timed out',
      'the fence',
    )
    t.equal(await lab.http('docker0', 'http://169.254.170.2/v2/credentials'), 'answered 400', 'the DNAT')
  })
}
