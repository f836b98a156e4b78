import t, { type Test } from 'tap'
import { removeLeft, whyNoCgroups } from '../lab/cgroups.js'
import { createLab, type Lab, type Where } from '../lab/lab.js'
import type { LabOptions } from '../lab/options.js'
import { lookUp, missingTools } from '../lab/tools.js'
import type { ToldReport } from './reality.js'

// Tasks in host network mode on a real kernel: every claim beside what a program in such a cgroup really gets.

const urls = [
  'http://169.254.169.254/latest/meta-data/instance-id',
  'http://[fd00:ec2::254]/latest/meta-data/instance-id',
] as const
const open = ['answered 200', 'answered 200']
const cut = ['timed out', 'timed out']

interface Tree {
  readonly cgroups: 'v2' | 'hybrid'
  /** Below /sys/fs/cgroup, as nft names it. */
  readonly slice: string
  /** A container that is no task. */
  readonly elsewhere: string
  readonly task: string
  readonly other: string
}

const v2: Tree = {
  cgroups: 'v2',
  slice: 'ecstasks.slice',
  elsewhere: 'system.slice/docker-agent.scope',
  task: 'ecstasks-1.slice/docker-1.scope',
  other: 'ecstasks-2.slice/docker-2.scope',
}
const hybrid: Tree = {
  cgroups: 'hybrid',
  slice: 'unified/ecs',
  elsewhere: 'unified/docker/agent',
  task: '1/c1',
  other: '2/c2',
}

/** A host in that tree, and a program in a task's cgroup on it. */
interface Stage {
  readonly lab: Lab
  readonly tree: Tree
  readonly task: Where
  readonly other: Where
  readonly ask: (where: Where) => Promise<readonly string[]>
  /** Asserts what a program there gets, of IPv4 and of IPv6. On a busy machine an answer takes its time. */
  readonly gets: (where: Where, wanted: readonly string[], words?: string) => Promise<void>
  readonly apply: () => Promise<ToldReport>
  readonly check: () => Promise<ToldReport>
  /** The exit code of the last of them. */
  readonly exit: () => number
  readonly enforce: () => Promise<void>
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ')

const missing = missingTools()
const skipOn = (tree: Tree) => {
  const why = missing.length > 0 ? `${missing.join(', ')} not installed` : whyNoCgroups(tree.cgroups)
  return why === undefined ? false : `NOT TESTED on a real kernel: ${why}`
}

function onTree(
  name: string,
  tree: Tree,
  body: (t: Test, stage: Stage) => Promise<unknown>,
  options: LabOptions = {},
) {
  t.test(`${tree.cgroups}: ${name}`, { skip: skipOn(tree) }, async t => {
    const lab = await createLab({ docker: 'none', bridges: ['docker0'], ...options, cgroups: tree.cgroups })
    t.teardown(() => lab.dispose())
    let exitCode = -1
    const run = async (command: string): Promise<ToldReport> => {
      const result = await lab.taskfence([command, '--only', 'imds-host', '--format', 'json'])
      exitCode = result.exitCode
      if (result.stdout === '') throw new Error(result.stderr)
      return JSON.parse(result.stdout) as ToldReport
    }
    const ask = (where: Where, timeoutMs = 500) =>
      Promise.all(urls.map(url => lab.http(where, url, { timeoutMs })))
    await body(t, {
      lab,
      tree,
      task: `cgroup ${tree.slice}/${tree.task}`,
      other: `cgroup ${tree.slice}/${tree.other}`,
      ask,
      gets: async (where, wanted, words = `${where} gets ${wanted.join(', ')}`) => {
        const first = await ask(where)
        t.strictSame(
          wanted === open && first.includes('timed out') ? await ask(where, 3000) : first,
          wanted,
          words,
        )
      },
      apply: () => run('apply'),
      check: () => run('check'),
      exit: () => exitCode,
      enforce: () => lab.write('/etc/taskfence/policy.json', '{"controls": {"imds-host": "enforce"}}'),
    })
  })
}

/** Of imds-host: each answer once. */
const answers = ({ claims }: ToldReport) => [...new Set(claims.map(({ holds }) => holds))]
const drifted = ({ outcomes }: ToldReport) =>
  outcomes.filter(({ status }) => status === 'drifted').map(({ id }) => id)
const bothJumps = ['imds_host_ipv4', 'imds_host_ipv6'].map(name => `nft inet taskfence_host output ${name}`)

for (const tree of [v2, hybrid]) {
  onTree(
    'enforced, tasks are cut, and nobody else',
    tree,
    async (t, { lab, gets, task, other, ...stage }) => {
      await gets(task, open, 'open before')
      await lab.http(task, urls[0], { connection: 'before' })
      await stage.enforce()
      const applied = await stage.apply()
      t.equal(stage.exit(), 0, JSON.stringify(applied.outcomes))
      t.strictSame(answers(applied), [true], 'the claim is told to hold')
      await gets(task, cut)
      await gets(other, cut, 'a task that came later')
      t.equal(
        await lab.http(task, urls[0], { connection: 'before' }),
        'timed out',
        'a connection from before',
      )
      await gets('host', open, 'the host itself')
      await gets(`cgroup ${tree.elsewhere}`, open, 'a container that is no task')
      t.equal(
        await lab.http(task, 'http://127.0.0.1:51679/v2/credentials'),
        'answered 400',
        'other addresses',
      )

      const proven = await lab.taskfence(['prove', '--only', 'imds-host'])
      t.equal(proven.exitCode, 0, proven.stdout)
      t.match(proven.stdout, /counter imds_host_cut \(\+[1-9]/, 'a probe beside the tasks is counted')
      const inside = await lab.must(['ls', `/sys/fs/cgroup/${tree.slice}`])
      t.notMatch(inside, /taskfence-prove/, 'and leaves nothing')
      t.strictSame(drifted(await stage.check()), [])
      t.equal(stage.exit(), 0)
    },
  )

  onTree('it observes unless the policy says more', tree, async (t, { lab, ask, gets, task, ...stage }) => {
    await ask(task)
    const applied = await stage.apply()
    t.match(applied.notes, [{ control: 'imds-host', text: /^only observes/ }])
    await gets(task, open, 'nothing is cut')
    t.strictSame(answers(await stage.check()), [false], 'and the report says so')
    const set = await lab.must(['nft', 'list', 'set', 'inet', 'taskfence_host', 'imds_host_asked'])
    const name = `${tree.slice}/${tree.task.split('/')[0] ?? ''}`
    t.match(set, `"${name}" counter packets`, 'who asked is counted by task')
    const proven = await lab.taskfence(['prove', '--only', 'imds-host'])
    t.match(oneLine(proven.stdout), /counted by imds_host_ipv4 \(\+[1-9]/)
  })

  onTree('a slice that is made again', tree, async (t, { lab, ask, gets, task, ...stage }) => {
    await ask(task)
    await stage.enforce()
    await stage.apply()
    await gets(task, cut)
    await lab.leave(task)
    const leaf = `${tree.slice}/${tree.task}`
    const parents = `rmdir -p ${leaf.replace(/\/[^/]+$/, '')} || test ! -e ${tree.slice}`
    await lab.must(['sh', '-ec', `cd /sys/fs/cgroup && ${removeLeft(leaf)} && { ${parents}; }`])

    const gone = await stage.check()
    t.match(
      gone.skipped[0]?.reason,
      /there is no (ecstasks.slice|unified\/ecs) yet/,
      'there is nothing to fence',
    )
    await gets(task, open, 'the kernel knows the old one alone')
    const again = await stage.check()
    t.strictSame(drifted(again), bothJumps, 'it is drift')
    t.match(again.outcomes.find(({ status }) => status === 'drifted')?.from, /cgroupv2 level 1 \d+ /)
    t.strictSame(answers(again), [false], 'and the promise is told to be broken')
    await stage.apply()
    t.equal(stage.exit(), 0)
    await gets(task, cut)
  })

  onTree('a level that never matches', tree, async (t, { lab, ask, gets, task, ...stage }) => {
    await ask(task)
    await stage.enforce()
    await stage.apply()
    const rules = ['ip daddr 169.254.169.254', 'ip6 daddr fd00:ec2::254'].map(
      (daddr, index) =>
        `add rule inet taskfence_host output ${daddr} socket cgroupv2 level 2 "${tree.slice}" counter name "imds_host_ipv${index === 0 ? 4 : 6}" jump imds_host comment "taskfence-imds-host"`,
    )
    await lab.must(['nft', '-f', '-'], {
      input: ['flush chain inet taskfence_host output', ...rules, ''].join('\n'),
    })
    await gets(task, open, 'it loads, and matches nobody')
    const seen = await stage.check()
    t.strictSame(drifted(seen), bothJumps)
    t.strictSame(answers(seen), [false])
    await stage.apply()
    await gets(task, cut)
  })
}

onTree('before the first task there is nothing to write', v2, async (t, { lab, gets, task, ...stage }) => {
  await stage.enforce()
  const first = await stage.apply()
  t.match(first.skipped[0]?.reason, /^there is no ecstasks.slice yet: no task has run/)
  t.not((await lab.exec(['nft', 'list', 'table', 'inet', 'taskfence_host'])).exitCode, 0, 'no table is made')
  await gets(task, open)
  await stage.apply()
  await gets(task, cut)
})

onTree('off takes it back', v2, async (t, { lab, ask, gets, task, ...stage }) => {
  await ask(task)
  await stage.enforce()
  await stage.apply()
  await gets(task, cut)
  await lab.write('/etc/taskfence/policy.json', '{"controls": {"imds-host": "off"}}')
  await stage.apply()
  await gets(task, open)
  t.notMatch(await lab.must(['nft', 'list', 'table', 'inet', 'taskfence_host']), /comment/, 'no rule is left')
})

onTree(
  'a resolver at the metadata address stays open',
  v2,
  async (t, { lab, ask, gets, task, ...stage }) => {
    await ask(task)
    await stage.enforce()
    await stage.apply()
    await gets(task, cut)
    t.equal(await lab.http(task, 'http://169.254.169.254:53/'), 'refused', 'its packets come there')
    t.strictSame(answers(await stage.check()), [true])
  },
  { extras: ['metadata-resolver'] },
)

const refusals: readonly (readonly [behaviour: string, script: string, status: RegExp])[] = [
  [
    'an nft that does not know the expression',
    `if grep -q cgroupv2 "$copy"; then echo "syntax error, unexpected cgroupv2" >&2; exit 1; fi`,
    /skipped: nft cannot ask for the cgroup of a sender: syntax error, unexpected cgroupv2/,
  ],
  [
    'an nft that takes it back when it comes to writing',
    `case "$*" in *-c*) ;; *) if grep -q cgroupv2 "$copy"; then echo "Could not process rule" >&2; exit 1; fi ;; esac`,
    /not written: .*Could not process rule/,
  ],
]

const nft = lookUp('nft') ?? ''

for (const [behaviour, refusal, words] of refusals)
  onTree(`${behaviour} leaves the other fence alone`, v2, async (t, { lab, ask, gets, task, ...stage }) => {
    await ask(task)
    await stage.enforce()
    const script = [
      '#!/bin/sh',
      'copy=/run/tmp/input.$$',
      `case "$*" in *"-f -"*) cat > "$copy" ;; *) exec ${nft} "$@" ;; esac`,
      refusal,
      `exec ${nft} "$@" < "$copy"`,
      '',
    ]
    await lab
      .agent('host')
      .ask({ op: 'write', path: '/run/lab/bin/nft', text: script.join('\n'), mode: 0o755 })
    const applied = await lab.taskfence(['apply'])
    t.match(oneLine(applied.stdout), words)
    await gets(task, open)
    t.equal(await lab.http('docker0', urls[0]), 'timed out', 'tasks on bridges are fenced')
    t.equal(await lab.http('host', urls[0]), 'answered 200')
  })
