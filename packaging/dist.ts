// dist.js [deb]: packages of the program in dist/packages: executables, .deb, .rpm, npm's tarball and their hashes; with
// "deb" one .deb for this processor, packed in a second.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { version } from '../src/cli/version.js'
import { deb } from './packages/deb.js'
import { executable } from './packages/executable.js'
import { run, runtimes } from './packages/parts.js'
import { rpm } from './packages/rpm.js'
import { sbom, type Lock } from './packages/sbom.js'
import { starts } from './packages/starts.js'
import { windowsArchive } from './packages/windows.js'

const folder = resolve('dist')
const cache = resolve('.cache')
const out = join(folder, 'packages')
const isQuick = process.argv[2] === 'deb'
// The time of the sources, so that the same sources give the same bytes.
const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? run('git', ['log', '-1', '--format=%ct']))

const processors = [
  { processor: 'x64', target: 'linux-x64', debian: 'amd64', redHat: 'x86_64' },
  { processor: 'arm64', target: 'linux-arm64', debian: 'arm64', redHat: 'aarch64' },
] as const

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
mkdirSync(cache, { recursive: true })

if (!isQuick) run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out])
for (const { processor, target, debian, redHat } of processors) {
  if (isQuick && processor !== process.arch) continue
  const path = executable(target, { folder, cache, out })
  const contents = { executable: path, folder, epoch }
  deb(contents, { version, architecture: debian, work: cache, out, isQuick })
  if (!isQuick) rpm(contents, { version, architecture: redHat, work: cache, out })
}
if (!isQuick) windowsArchive(executable('win-x64', { folder, cache, out }), cache, out, epoch)

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))
writeFileSync(
  join(out, `taskfence-${version}.cdx.json`),
  sbom({
    ...{ version, runtimes, at: new Date(epoch * 1000) },
    bundled: read(join(folder, 'dev/bundled.json')) as readonly string[],
    lock: read('package-lock.json') as Lock,
  }),
)
const names = readdirSync(out).sort()
const hashes = names.map(
  name =>
    `${createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex')}  ${name}\n`,
)
writeFileSync(join(out, 'SHA256SUMS'), hashes.join(''))
for (const name of names)
  process.stdout.write(`${(statSync(join(out, name)).size / 1e6).toFixed(1).padStart(7)} MB  ${name}\n`)
process.stdout.write(starts(join(out, `taskfence-linux-${process.arch}`)))
