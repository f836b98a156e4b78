import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { diskPath } from './disk.js'
import type { Machine } from './machine.js'

const folder = resolve('dist/packages')
const end = process.arch === 'arm64' ? '_arm64.deb' : '_amd64.deb'

/** What `make deb` made for this processor. */
export const debName = existsSync(folder)
  ? readdirSync(folder).find(name => name.startsWith('taskfence_') && name.endsWith(end))
  : undefined

export const whyNoDeb = debName === undefined ? `there is no .deb in ${folder}: make deb` : undefined

/** Where the package lies on a machine, once it was brought there. */
export const debOnMachine = '/root/taskfence.deb'

export async function bringDeb(machine: Machine): Promise<void> {
  const { exitCode, stderr } = await machine.beside([
    'cp',
    join(folder, debName ?? ''),
    diskPath + debOnMachine,
  ])
  if (exitCode !== 0) throw new Error(stderr)
}
