import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run } from './parts.js'
import { settle } from './staging.js'

/** The executable with its scripts, as they have to lie beside each other. tar.exe is a part of Windows since 2019. */
export function windowsArchive(executable: string, work: string, out: string, epoch: number): string {
  const root = join(work, 'windows-archive')
  const folder = join(root, 'taskfence')
  rmSync(root, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  renameSync(executable, join(folder, basename(executable)))
  cpSync('windows', join(folder, 'windows'), { recursive: true })
  settle(root, epoch)
  const path = join(out, 'taskfence-win-x64.tar.gz')
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--sort=name', '--format=ustar']
  run('tar', ['-C', root, ...owner, '-I', 'gzip -n', '-cf', path, 'taskfence'])
  return path
}
