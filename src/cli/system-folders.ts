import { delimiter } from 'node:path'

/**
 * The PATH, with the folders of system programs behind it where they are missing: cron(8) gives root /usr/bin and /bin
 * alone, and iptables stands in /usr/sbin. What was given is searched first.
 */
export function withSystemFolders(path: string | undefined): string {
  const given = path === undefined || path === '' ? ['/usr/bin', '/bin'] : path.split(delimiter)
  const system = given.flatMap(folder => siblings[folder] ?? [])
  return [...new Set([...given, ...system])].join(delimiter)
}

const siblings: Readonly<Record<string, string>> = {
  '/usr/local/bin': '/usr/local/sbin',
  '/usr/bin': '/usr/sbin',
  '/bin': '/sbin',
}
