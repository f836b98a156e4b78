import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { runtimes } from '../../packaging/packages/parts.js'
import { sbom, type Lock } from '../../packaging/packages/sbom.js'

// The bill of materials that goes out with a release.

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
const lock = read('package-lock.json') as Lock
const bundled = read('dist/dev/bundled.json') as readonly string[]
const made = { version: '1.2.3', bundled, lock, runtimes, at: new Date('2026-03-04T05:06:07Z') }
const bill = JSON.parse(sbom(made)) as Bill

interface Bill {
  readonly components: readonly {
    readonly name: string
    readonly purl: string
    readonly 'bom-ref': string
    readonly hashes: readonly { readonly alg: string; readonly content: string }[]
    readonly licenses: readonly unknown[]
  }[]
}

const names = bill.components.map(({ name }) => name)

t.test('whoever wrote a line of the program is in it', async t => {
  const { dependencies } = read('package.json') as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  for (const name of [...Object.keys(dependencies), 'fast-string-width']) t.ok(names.includes(name), name)
  // The map of the program tells the same, by another way.
  const { sources } = read('dist/dev/program.js.map') as { readonly sources: readonly string[] }
  const folders = sources.flatMap(
    path => /node_modules\/(?:.*node_modules\/)?((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  )
  t.not(folders.length, 0)
  for (const name of new Set(folders)) t.ok(names.includes(name), name)
  for (const { name } of runtimes) t.ok(names.includes(name.split('@')[0] ?? ''), name)
  t.notOk(names.includes('typescript'), 'and nobody else is')
})

t.test('each with its version, hash and licence, once', async t => {
  t.equal(new Set(bill.components.map(one => one['bom-ref'])).size, bill.components.length)
  for (const { name, purl, hashes, licenses } of bill.components) {
    t.match(purl, /^pkg:npm\/(%40[\w-]+\/)?[\w.-]+@\d+\.\d+\.\d+$/, name)
    t.match(hashes, [{ alg: 'SHA-512', content: /^[0-9a-f]{128}$/ }], name)
    t.match(licenses, [{ license: { id: /^(MIT|ISC|Apache-2\.0|BSD-\d-Clause)$/ } }], name)
  }
})

t.test('a package that the lockfile does not know is no row without a hash', async t => {
  t.throws(
    () => sbom({ ...made, bundled: ['node_modules/stranger'] }),
    /no version and hash of node_modules\/stranger/,
  )
})

const folder = 'dist/packages'
const file = existsSync(folder) ? readdirSync(folder).find(name => name.endsWith('.cdx.json')) : undefined
t.test('it lies beside the packages', { skip: file === undefined && '`make dist` was not run' }, async t => {
  const text = readFileSync(`${folder}/${file ?? ''}`, 'utf8')
  const { metadata } = JSON.parse(text) as {
    readonly metadata: { readonly timestamp: string; readonly component: { readonly version: string } }
  }
  const { version } = metadata.component
  t.equal(text, sbom({ ...made, version, at: new Date(metadata.timestamp) }), 'as this tree makes it')
  t.match(readFileSync(`${folder}/SHA256SUMS`, 'utf8'), `  ${file ?? ''}\n`, 'with its hash')
})
