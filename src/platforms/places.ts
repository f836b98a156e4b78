import type { Host } from '../host/host.js'
import type { OsFamily } from '../model/facts.js'

/** Where an operating system keeps what is ours. */
export interface Places {
  readonly policy: string
  readonly lockFolder: string
  /** Of the audit log; null: none is kept. */
  readonly logFolder: string | null
  /** Folders above it that need not be there, the outermost first. */
  readonly above: readonly string[]
  /** Windows has no stat(1) and no flock(1): scripts of ours stand in for them. */
  readonly hasPosixTools: boolean
}

export const placesOf = ({ osFamily }: Host): Places => places[osFamily]

const windowsFolder = 'C:\\ProgramData\\Amazon\\taskfence'

const places: Readonly<Record<OsFamily, Places>> = {
  linux: {
    policy: '/etc/taskfence/policy.json',
    lockFolder: '/run/taskfence',
    logFolder: '/var/log/taskfence',
    above: [],
    hasPosixTools: true,
  },
  windows: {
    policy: `${windowsFolder}\\policy.json`,
    lockFolder: windowsFolder,
    logFolder: null,
    above: ['C:\\ProgramData\\Amazon'],
    hasPosixTools: false,
  },
}
