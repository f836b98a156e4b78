import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t, { type Test } from 'tap'

// What `make dist` or `make deb` made, installed, upgraded, removed and purged by the real package tools, in a chroot over
// this machine that is gone with the test.

const folder = 'dist/packages'
const names = existsSync(folder) ? readdirSync(folder) : []
const packageOf = (end: string) => names.find(name => name.endsWith(end))
const processor = process.arch === 'arm64' ? (['arm64', 'aarch64'] as const) : (['amd64', 'x86_64'] as const)
const deb = packageOf(`_${processor[0]}.deb`)
const rpm = packageOf(`.${processor[1]}.rpm`)

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

const has = (program: string) => spawnSync('which', [program]).status === 0
const lacking = (file: string | undefined, ...programs: readonly string[]): string | false => {
  if (process.getuid?.() !== 0) return 'only root can make a chroot'
  if (file === undefined) return 'not made yet: `make dist` makes it; `make test-long` makes only the .deb'
  const missing = programs.filter(program => !has(program))
  return missing.length === 0 ? false : `not here: ${missing.join(', ')}`
}

/** Runs lines of sh as root of a copy of this machine that nothing else sees, in a network of its own. */
function inCopy(t: Test, lines: readonly string[], kind: 'chroot' | 'machine'): string {
  const work = mkdtempSync(join(tmpdir(), 'taskfence-packages-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  const enter = kind === 'machine' ? 'exec chroot root sh -euc "$1"' : 'chroot root sh -euc "$1"; exit $?'
  const script = `cd ${work}
mount -t tmpfs tmpfs .
mkdir upper work root
mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root
mount -t tmpfs tmpfs root/run
mount -t tmpfs tmpfs root/tmp
mount -t proc proc root/proc
mount -t sysfs sysfs root/sys
mount --rbind /dev root/dev
cp ${resolve(folder)}/taskfence* root/tmp/
${enter}`
  const flags = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
  const result = spawnSync('unshare', [...flags, 'sh', '-euc', script, 'sh', lines.join('\n')], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    timeout: 120_000,
  })
  t.equal(result.status, 0, result.stdout + result.stderr)
  return result.stdout
}

/** Everything that has our name, and the folders that might be left. */
const traces = [
  "find /etc /usr /var/lib /var/log -xdev -name '*taskfence*' | sort",
  'find /etc/systemd /etc/sysctl.d /etc/modules-load.d | sort',
  'nft list ruleset',
].join('; ')

/** What `apply --root` writes into an image, as far as a package that goes has to know of it: one line stays, the site's own. */
const baked = (rulesFile: string) => [
  'mkdir -p /etc/systemd/system/docker.service.d /etc/taskfence',
  'echo "[Unit]" > /etc/systemd/system/docker.service.d/taskfence.conf',
  'touch /etc/taskfence/fence.nft /etc/sysctl.d/99-taskfence.conf',
  `mkdir -p $(dirname ${rulesFile})`,
  `printf '%s\\n' "-A INPUT -j ACCEPT" '-A INPUT -m comment --comment taskfence-x -j DROP' > ${rulesFile}`,
]

const skipDeb = lacking(deb, 'dpkg', 'dpkg-deb', 'deb-systemd-helper', 'nft', 'iptables')

t.test('.deb in an image: enabled and not started; a policy stays until the purge', { skip: skipDeb }, t => {
  const out = inCopy(
    t,
    [
      `before=$(${traces})`,
      `dpkg -i /tmp/${deb ?? ''} >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }`,
      'taskfence --version',
      'readlink /etc/systemd/system/multi-user.target.wants/taskfence.service | sed s,^/usr,,',
      '[ -z "$(nft list ruleset)" ] || echo "the machine that builds was touched"',
      'mkdir -p /etc/taskfence; echo "{}" > /etc/taskfence/policy.json',
      'rm /etc/systemd/system/multi-user.target.wants/taskfence.service',
      `dpkg-deb -R /tmp/${deb ?? ''} /tmp/next`,
      "sed -i 's/^Version: .*/Version: 99/' /tmp/next/DEBIAN/control",
      'dpkg-deb -Znone -b /tmp/next /tmp/next.deb >/dev/null',
      'dpkg -i /tmp/next.deb >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }',
      'dpkg-query -W taskfence',
      '[ -e /etc/systemd/system/multi-user.target.wants/taskfence.service ] && echo "enabled again"',
      'cat /etc/taskfence/policy.json',
      ...baked('/etc/iptables/rules.v4'),
      'dpkg -r taskfence >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }',
      'cat /etc/taskfence/policy.json; ls /usr/bin/taskfence 2>&1 || true',
      'find /etc/taskfence /etc/sysctl.d/99-taskfence.conf /etc/systemd/system/docker.service.d 2>/dev/null',
      'cat /etc/iptables/rules.v4; rm -r /etc/iptables',
      'dpkg -P taskfence >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }',
      `after=$(${traces})`,
      '[ "$before" = "$after" ] || { echo "$before" >/tmp/a; echo "$after" >/tmp/b; diff /tmp/a /tmp/b; }',
    ].map(line => (/^\[ -e|^find/.test(line) ? `${line} || true` : line)),
    'chroot',
  )
  t.equal(
    out,
    [
      version,
      '/lib/systemd/system/taskfence.service',
      'taskfence\t99',
      '{}',
      '{}',
      "ls: cannot access '/usr/bin/taskfence': No such file or directory",
      '/etc/taskfence',
      '/etc/taskfence/policy.json',
      '-A INPUT -j ACCEPT',
      '',
    ].join('\n'),
  )
  t.end()
})

t.test('.deb on a machine: what it wrote is taken back before it goes', { skip: skipDeb }, t => {
  const out = inCopy(
    t,
    [
      'ip link set lo up',
      `before=$(${traces})`,
      `dpkg -i /tmp/${deb ?? ''} >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }`,
      'taskfence apply >/tmp/report || true',
      'nft list tables | grep -c "inet taskfence$"; ls /etc/taskfence/fence.nft',
      'dpkg -P taskfence >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }',
      `after=$(${traces})`,
      '[ "$before" = "$after" ] || { echo "$before" >/tmp/a; echo "$after" >/tmp/b; diff /tmp/a /tmp/b; cat /tmp/log; }',
    ],
    'machine',
  )
  t.equal(out, '1\n/etc/taskfence/fence.nft\n')
  t.end()
})

t.test("the step 'install' of Systems Manager's document installs the .deb", { skip: skipDeb }, t => {
  const document = JSON.parse(readFileSync('packaging/fleet/ssm/taskfence.document.json', 'utf8')) as {
    readonly mainSteps: readonly {
      readonly name: string
      readonly inputs: { readonly runCommand: readonly string[] }
    }[]
  }
  const given: Readonly<Record<string, string>> = {
    Version: version,
    PackageUrl: `https://packages.example.com/${deb ?? ''}`,
    PackageSha256: createHash('sha256')
      .update(readFileSync(join(folder, deb ?? '')))
      .digest('hex'),
  }
  const step = document.mainSteps
    .find(({ name }) => name === 'install')
    ?.inputs.runCommand.join('\n')
    .replace(/\{\{ (\w+) \}\}/g, (_all, name: string) => given[name] ?? '')
  const out = inCopy(
    t,
    [
      `cat > /tmp/step <<'END'\n${step ?? ''}\nEND`,
      // Nothing is fetched: the file is here.
      `printf '%s\\n' '#!/bin/sh' 'while [ "$1" != --output ]; do shift; done' 'cp /tmp/${deb ?? ''} "$2"' > /usr/local/bin/curl`,
      'chmod 755 /usr/local/bin/curl',
      'sh /tmp/step >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }',
      'tail -n 1 /tmp/log',
      'sh /tmp/step',
    ],
    'machine',
  )
  t.equal(out, `taskfence ${version} was installed\ntaskfence ${version} is installed\n`)
  t.end()
})

t.test('.deb: lintian finds nothing', { skip: lacking(deb, 'lintian') }, t => {
  const { stdout } = spawnSync('lintian', ['--allow-root', join(folder, deb ?? '')], { encoding: 'utf8' })
  t.equal(stdout, '')
  t.end()
})

t.test('.rpm: what it needs, brings and runs', { skip: lacking(rpm, 'rpm', 'rpm2cpio', 'shellcheck') }, t => {
  const query = (...args: readonly string[]) =>
    execFileSync('rpm', ['-qp', '--nosignature', ...args, join(folder, rpm ?? '')], { encoding: 'utf8' })
  const requires = query('--requires')
  for (const name of [
    ...['iptables', 'nftables', '(iproute or iproute2)', '(procps-ng or procps)', 'util-linux'],
    ...['libc.so.6', 'systemd'],
  ])
    t.ok(
      requires.split('\n').some(line => line.startsWith(name)),
      name,
    )
  t.match(query('-l'), /^\/usr\/bin\/taskfence$/m)
  for (const script of ['POSTIN', 'PREUN', 'POSTUN']) {
    const text = query('--qf', `%{${script}}\n`)
    t.match(text, /systemctl/)
    const checked = spawnSync('shellcheck', ['-s', 'sh', '-'], { input: text, encoding: 'utf8' })
    t.equal(checked.stdout, '', script)
  }
  const root = t.testdir()
  const flags = ['--root', root, '--nodeps', '--noscripts', '--nosignature']
  execFileSync('rpm', [...flags, '-i', resolve(folder, rpm ?? '')], { stdio: 'pipe' })
  t.equal(
    spawnSync('rpm', ['--root', root, '--nodeps', '-V', 'taskfence']).stdout.toString(),
    '',
    'as packed',
  )
  t.equal(spawnSync(join(root, 'usr/bin/taskfence'), ['--version']).status, 0)
  execFileSync('rpm', [...flags, '-e', 'taskfence'], { stdio: 'pipe' })
  t.notOk(existsSync(join(root, 'usr/bin/taskfence')))
  t.end()
})

const skipRpm = lacking(rpm, 'rpm', 'systemctl', 'nft')

t.test('.rpm in an image: as the .deb, by its own scripts', { skip: skipRpm }, t => {
  const of = (...words: readonly string[]) =>
    `rpm --nodeps --nosignature ${words.join(' ')} >/tmp/log 2>&1 || { cat /tmp/log; exit 1; }`
  const out = inCopy(
    t,
    [
      `before=$(${traces})`,
      of('-i', `/tmp/${rpm ?? ''}`),
      'taskfence --version',
      'readlink /etc/systemd/system/multi-user.target.wants/taskfence.service | sed s,^/usr,,',
      '[ -z "$(nft list ruleset)" ] || echo "the machine that builds was touched"',
      'mkdir -p /etc/taskfence; echo "{}" > /etc/taskfence/policy.json',
      'rm /etc/systemd/system/multi-user.target.wants/taskfence.service',
      of('-U', '--force', `/tmp/${rpm ?? ''}`),
      '[ ! -e /etc/systemd/system/multi-user.target.wants/taskfence.service ] || echo "enabled again"',
      'cat /etc/taskfence/policy.json',
      ...baked('/etc/sysconfig/iptables'),
      of('-e', 'taskfence'),
      'find /etc/taskfence; cat /etc/sysconfig/iptables; rm -r /etc/sysconfig /etc/taskfence',
      `after=$(${traces})`,
      '[ "$before" = "$after" ] || { echo "$before" >/tmp/a; echo "$after" >/tmp/b; diff /tmp/a /tmp/b; }',
    ],
    'chroot',
  )
  t.equal(
    out,
    [
      ...[version, '/lib/systemd/system/taskfence.service', '{}', '/etc/taskfence'],
      ...['/etc/taskfence/policy.json', '-A INPUT -j ACCEPT', ''],
    ].join('\n'),
  )
  t.end()
})

t.test('scripts of the .deb are clean', { skip: has('shellcheck') ? false : 'not here: shellcheck' }, t => {
  for (const name of ['postinst', 'prerm', 'postrm'])
    t.equal(spawnSync('shellcheck', [`packaging/deb/${name}`], { encoding: 'utf8' }).stdout, '', name)
  t.end()
})

t.test(
  'SHA256SUMS tells every package',
  { skip: names.includes('SHA256SUMS') ? false : '`make dist` first' },
  t => {
    const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n')
    t.same(
      sums.map(line => line.split('  ')[1]),
      names.filter(name => name !== 'SHA256SUMS').sort(),
    )
    for (const line of sums) {
      const [hash, name = ''] = line.split('  ')
      t.equal(
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
        hash,
        name,
      )
    }
    t.end()
  },
)
