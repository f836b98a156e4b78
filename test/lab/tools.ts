import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin']

/** The program's path on this machine; throws when it is not installed. */
export function find(name: string): string {
  const path = lookUp(name)
  if (path === undefined) throw new Error(`${name} is not installed`)
  return path
}

export function lookUp(name: string): string | undefined {
  return folders.map(folder => join(folder, name)).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The programs that a lab cannot do without, and are not there. */
export const missingTools = (): readonly string[] =>
  ['unshare', 'nsenter', 'mount', 'ip', 'xtables-nft-multi'].filter(name => lookUp(name) === undefined)
