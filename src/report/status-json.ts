import type { ToldStatus } from '../model/status.js'
import { schemaVersion } from './json.js'

/** What `status` prints. */
export const statusJson = (told: ToldStatus): string =>
  `${JSON.stringify(
    {
      schemaVersion,
      running: told.isRunning,
      daemon: told.status,
      counters: told.isRunning ? told.counters : null,
    },
    null,
    2,
  )}\n`
