import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { complaints, mayImport } from './architecture/rules.js'
import { readSource } from './architecture/source.js'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => join('src', name))
  .sort()

t.test('every file keeps to the architecture', async t => {
  t.ok(files.length > 50, 'the files were found')
  for (const path of files) t.same(complaints(readSource(path, readFileSync(path, 'utf8'))), [], path)
})

t.test('every row of the table is a folder or a file', async t => {
  for (const name of Object.keys(mayImport))
    t.ok(
      files.some(path => path === `src/${name}` || path.startsWith(`src/${name}/`)),
      name,
    )
})

// The rules themselves can fail.
const broken: readonly (readonly [path: string, text: string, complaint: RegExp])[] = [
  [
    'src/model/x.ts',
    "import { a } from '../engine/apply.js'",
    /imports engine\/apply.ts: model may import nothing/,
  ],
  ['src/model/x.ts', "import type { A } from '../host/host.js'", /imports host\/host.ts/],
  ['src/model/x.ts', "export * from '../report/text.js'", /imports report\/text.ts/],
  ['src/model/x.ts', "type A = import('../host/host.js').Host", /imports host\/host.ts/],
  ['src/netfilter/x.ts', "import { readFileSync } from 'node:fs'", /imports node:fs/],
  [
    'src/controls/x.ts',
    "import type { Host } from '../host/host.js'",
    /imports host\/host.ts: controls may import/,
  ],
  ['src/controls/x.ts', "import { sysctl } from '../resources/sysctl.js'", /imports resources\/sysctl.ts/],
  [
    'src/resources/x.ts',
    "import { createLook } from '../look/create-look.js'",
    /imports look\/create-look.ts/,
  ],
  ['src/resources/x.ts', "import { prove } from '../claims/index.js'", /imports claims\/index.ts/],
  ['src/detect/x.ts', "import { platformFor } from '../platforms/index.js'", /imports platforms\/index.ts/],
  ['src/platforms/x.ts', "import { controls } from '../controls/index.js'", /imports controls\/index.ts/],
  [
    'src/engine/x.ts',
    "import { sysctl } from '../resources/sysctl.js'",
    /imports resources\/sysctl.ts: engine may import/,
  ],
  ['src/engine/x.ts', "import { hostname } from 'node:os'", /imports node:os/],
  ['src/engine/x.ts', "const run = await import('execa')", /imports execa, whose only home is src\/host\//],
  ['src/engine/x.ts', 'const run = await import(name)', /imports \(computed\) name/],
  ['src/engine/x.ts', "const fs = require('fs')", /imports fs/],
  ['src/report/x.ts', "import { survey } from '../engine/survey.js'", /imports engine\/survey.ts/],
  ['src/host/host.ts', "import { execa } from 'execa'", /imports execa: host\/host.ts may import model/],
  [
    'src/cli/x.ts',
    "import winston from 'winston'",
    /imports winston, whose only home is src\/cli\/logger.ts/,
  ],
  ['src/cli/x.ts', "import { z } from 'zod/v4'", /imports zod, whose only home is src\/cli\/policy\//],
  ['src/cli/x.ts', "import { x } from '../../test/lab/lab.js'", /outside src/],
  ['src/engine/x.ts', "import { x } from 'left-pad'", /imports left-pad/],
  ['src/helpers/x.ts', "import type { A } from '../model/errors.js'", /folder without a row/],
  ['src/engine/x.ts', 'const dir = process.cwd()', /uses process/],
  ['src/engine/x.ts', 'const dir = globalThis.process.cwd()', /uses process/],
  ['src/cli/x.ts', "console.log('hello')", /uses console/],
  ['src/host/node-x.ts', "execa('ls', { shell: true })", /sets shell/],
  ['src/host/node-x.ts', "run({ file: 'sh', args: ['-c', 'ls'] })", /names the shell "sh"/],
  ['src/host/node-x.ts', 'run({ file: `bash`, args: [] })', /names the shell "bash"/],
  ['src/model/x.ts', '\n'.repeat(201), /has 201 lines/],
]

t.test('what is not allowed is told', async t => {
  for (const [path, text, complaint] of broken)
    t.match(
      complaints(readSource(path, text)).join('\n'),
      complaint,
      `${path}: ${text.slice(0, 60).trim() || '201 lines'}`,
    )
})

const allowed: readonly (readonly [path: string, text: string])[] = [
  ['src/engine/x.ts', "import { kindOf } from '../resources/index.js'"],
  ['src/engine/x.ts', "import { diff } from './observe.js'"],
  ['src/controls/x.ts', "import { fencePriority } from '../resources/fence-table.js'"],
  ['src/host/node-x.ts', "import { execa } from 'execa'\nconst { pid } = process"],
  ['src/detect/x.ts', "const facts = { process: 1 }\nconst by = { by: facts.process, shellfish: 'sh -c' }"],
  ['src/cli/policy/x.ts', "import { z } from 'zod'"],
  ['src/prove/x.ts', 'const name = (process: { readonly pid: number }) => process.pid'],
]

t.test('what is allowed is not', async t => {
  for (const [path, text] of allowed) t.same(complaints(readSource(path, text)), [], `${path}: ${text}`)
})
