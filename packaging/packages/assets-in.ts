import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Those of the files that are there, as a configuration of an executable names them. */
export const assetsIn = (folder: string, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    names.map(name => [name, join(folder, name)] as const).filter(([, path]) => existsSync(path)),
  )
