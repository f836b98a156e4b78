import { join } from 'node:path'
import { readdirSync } from 'node:fs'

/** As roots.sh makes them. Docker: 20.10, 20.10 beside services that write rules of their own, 26.1 and 28.5. */
export type RootName = 'bookworm-docker' | 'bookworm-services' | 'trixie-docker' | 'sid-docker'

const folder = process.env['TASKFENCE_ROOTS'] ?? '/var/cache/taskfence-test'

export const rootPath = (name: RootName): string => join(folder, name)

/** Why no machine can boot from the root here; undefined: it can. */
export function whyNoRoot(name: RootName): string | undefined {
  try {
    return readdirSync(folder).includes(`${name}.recipe`) ? undefined : `${rootPath(name)} was not made`
  } catch {
    return `there is no ${folder}: make test-machine makes it`
  }
}
