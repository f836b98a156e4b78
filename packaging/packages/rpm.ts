import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './parts.js'
import { stage, type Contents } from './staging.js'

export type RpmArchitecture = 'x86_64' | 'aarch64'

/** A package for Amazon Linux 2023, Red Hat's family, Fedora and SUSE. Answers its path. */
export function rpm(
  contents: Contents,
  given: {
    readonly version: string
    readonly architecture: RpmArchitecture
    readonly work: string
    readonly out: string
  },
): string {
  const { version, architecture, work, out } = given
  const top = join(work, `rpm-${architecture}`)
  const root = join(work, `rpm-root-${architecture}`)
  rmSync(top, { recursive: true, force: true })
  mkdirSync(top)
  stage(root, contents, 'site-functions')
  const spec = join(top, 'taskfence.spec')
  writeFileSync(
    spec,
    readFileSync('packaging/rpm/taskfence.spec', 'utf8')
      .replace('@VERSION@', version)
      .replace('@ROOT@', root),
  )
  const defines = { _topdir: top, _rpmdir: top, _target_os: 'linux' }
  const flags = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`])
  run('rpmbuild', ['-bb', '--quiet', '--target', `${architecture}-linux`, ...flags, spec], {
    SOURCE_DATE_EPOCH: String(contents.epoch),
  })
  const name = `taskfence-${version}-1.${architecture}.rpm`
  copyFileSync(join(top, architecture, name), join(out, name))
  return join(out, name)
}
