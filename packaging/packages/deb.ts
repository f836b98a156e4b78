import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { run } from './parts.js'
import { gzip, place, settle, stage, type Contents } from './staging.js'

export type DebArchitecture = 'amd64' | 'arm64'

/** A package for Debian and Ubuntu. Answers its path. */
export function deb(
  contents: Contents,
  given: {
    readonly version: string
    readonly architecture: DebArchitecture
    readonly work: string
    readonly out: string
    /** Packs in a second, larger; for tests. */
    readonly isQuick: boolean
  },
): string {
  const { version, architecture, work, out, isQuick } = given
  const root = join(work, `deb-${architecture}`)
  stage(root, contents, 'vendor-completions')
  place(root, 'usr/share/doc/taskfence/changelog.gz', gzip(Buffer.from(changelog(version, contents.epoch))))
  place(root, 'usr/share/lintian/overrides/taskfence', readFileSync('packaging/deb/lintian-overrides'))
  const control = join(root, 'DEBIAN')
  const files = filesIn(root)
  mkdirSync(control)
  const size = files.reduce((sum, path) => sum + statSync(join(root, path)).size, 0)
  const text = readFileSync('packaging/deb/control', 'utf8')
    .replace('@VERSION@', version)
    .replace('@ARCHITECTURE@', architecture)
    .replace('@SIZE@', String(Math.ceil(size / 1024)))
  writeFileSync(join(control, 'control'), text)
  writeFileSync(
    join(control, 'md5sums'),
    files
      .map(
        path =>
          `${createHash('md5')
            .update(readFileSync(join(root, path)))
            .digest('hex')}  ${path}\n`,
      )
      .join(''),
  )
  for (const script of ['postinst', 'prerm', 'postrm']) {
    writeFileSync(join(control, script), readFileSync(`packaging/deb/${script}`))
    chmodSync(join(control, script), 0o755)
  }
  for (const name of ['control', 'md5sums']) chmodSync(join(control, name), 0o644)
  settle(root, contents.epoch)
  const path = join(out, `taskfence_${version}_${architecture}.deb`)
  const packing = isQuick ? ['-Zgzip', '-z1'] : ['-Zxz', '-z3']
  run('dpkg-deb', [...packing, '--root-owner-group', '--build', root, path], {
    SOURCE_DATE_EPOCH: String(contents.epoch),
  })
  return path
}

const filesIn = (root: string): readonly string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => statSync(join(root, name)).isFile())
    .sort()

/** In Debian's form, which points to the one for people. */
const changelog = (version: string, epoch: number): string =>
  [
    `taskfence (${version}) stable; urgency=medium`,
    '  * Changes are told in CHANGELOG.md.gz beside this file.',
    ` -- ${maintainer}  ${new Date(epoch * 1000).toUTCString().replace('GMT', '+0000')}\n`,
  ].join('\n\n')

const maintainer = 'taskfence maintainers <maintainers@taskfence.invalid>'
