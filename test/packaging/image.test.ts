import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { z } from 'zod'
import { loadPolicy } from '../../src/cli/policy/load.js'
import { controls } from '../../src/controls/index.js'
import { nodeHost } from '../../src/host/node-host.js'

const folder = resolve('packaging/image')
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const missing = (program: string): string | false =>
  spawnSync('which', [program]).status === 0 ? false : `not here: ${program}`

t.test('Packer takes its template', { skip: missing('packer') }, t => {
  const home = t.testdir({ 'taskfence.rpm': '' })
  const given = ['-var', `package=${home}/taskfence.rpm`, '-var', 'policy=packaging/policy.json']
  const env = { PATH: process.env['PATH'], HOME: home, CHECKPOINT_DISABLE: '1' }
  const template = join(folder, 'taskfence.pkr.hcl')
  const found = spawnSync('packer', ['validate', ...given, template], { encoding: 'utf8', env })
  t.equal(found.status, 0, found.stdout + found.stderr)
  const without = spawnSync('packer', ['validate', ...given.slice(2), template], { encoding: 'utf8', env })
  t.not(without.status, 0, 'and refuses it without a package')
  t.end()
})

t.test('cloud-init takes its user data', { skip: missing('cloud-init') }, t => {
  const check = (path: string) =>
    spawnSync('cloud-init', ['schema', '--config-file', path], { encoding: 'utf8' })
  const found = check(join(folder, 'cloud-config.yml'))
  t.equal(found.status, 0, found.stdout + found.stderr)
  const broken = join(t.testdir(), 'broken.yml')
  writeFileSync(broken, read('cloud-config.yml').replace('permissions:', 'permission:'))
  t.not(check(broken).status, 0, 'and refuses a key that is none')
  t.end()
})

// The documented shape: "Use the Component document framework", EC2 Image Builder User Guide. Those of its actions that
// are used here; another one, or another key, is refused.
const step = {
  name: z.string().regex(/^\w+$/),
  onFailure: z.enum(['Abort', 'Continue', 'Ignore']).optional(),
}
const bash = z.strictObject({
  ...step,
  action: z.literal('ExecuteBash'),
  timeoutSeconds: z.number().int().optional(),
  inputs: z.strictObject({ commands: z.array(z.string()).min(1) }),
})
const download = z.strictObject({
  ...step,
  action: z.literal('S3Download'),
  inputs: z.array(z.strictObject({ source: z.string(), destination: z.string() })).min(1),
})
const component = z.strictObject({
  name: z.string(),
  description: z.string(),
  schemaVersion: z.literal(1),
  parameters: z.array(
    z.record(z.string(), z.strictObject({ type: z.literal('string'), description: z.string() })),
  ),
  phases: z.array(
    z.strictObject({
      name: z.enum(['build', 'validate', 'test']),
      steps: z.array(z.discriminatedUnion('action', [bash, download])),
    }),
  ),
})

t.test(
  'the component of Image Builder has the documented shape, and names only parameters that it has',
  t => {
    const text = read('image-builder.yml')
    const told = component.parse(parse(text))
    const names = told.parameters.flatMap(each => Object.keys(each))
    t.same([...new Set([...text.matchAll(/\{\{ (\w+) \}\}/g)].map(([, name]) => name))].sort(), names.sort())
    t.throws(() => component.parse(parse(text.replace('ExecuteBash', 'ExecuteBsh'))))
    t.end()
  },
)

interface CloudConfig {
  readonly runcmd: readonly string[]
  readonly write_files: readonly { readonly path: string; readonly content: string }[]
}

t.test(
  'what they run is sh, and says of taskfence only what it takes',
  { skip: missing('shellcheck') },
  t => {
    const cloud = parse(read('cloud-config.yml')) as CloudConfig
    const builder = component.parse(parse(read('image-builder.yml')))
    const inline = /inline = \[([^\]]*)\]/.exec(read('taskfence.pkr.hcl'))?.[1] ?? ''
    const scripts = [
      cloud.runcmd,
      ...builder.phases.flatMap(({ steps }) =>
        steps.flatMap(each => (each.action === 'ExecuteBash' ? [each.inputs.commands] : [])),
      ),
      [...inline.matchAll(/^\s*"(.*)",$/gm)].map(([, line = '']) => line),
    ]
    for (const lines of scripts) {
      const input = `${lines.join('\n')}\n`
      t.equal(spawnSync('shellcheck', ['-s', 'sh', '-'], { input, encoding: 'utf8' }).stdout, '', input)
      for (const [, command] of input.matchAll(/^taskfence (\w+)/gm)) t.match(command, /^(apply|check)$/)
    }
    t.end()
  },
)

t.test('the policies in them are policies', async t => {
  const cloud = parse(read('cloud-config.yml')) as CloudConfig
  const [policy] = cloud.write_files.filter(({ path }) => path.endsWith('policy.json'))
  const path = join(t.testdir({ 'policy.json': policy?.content ?? '' }), 'policy.json')
  for (const each of [path, resolve('packaging/policy.json')])
    await t.resolves(loadPolicy(each, nodeHost(), controls), each)
})
