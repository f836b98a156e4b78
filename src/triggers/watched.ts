import type { Signals } from '../host/signals.js'
import { lasting } from './lasting.js'
import type { Trigger } from './trigger.js'

/** A change of a file's content (one under /proc/sys, say), or of what a folder holds. */
export const watched = (path: string, signals: Signals): Trigger =>
  lasting({
    name: `watch ${path}`,
    looksAfterBeginMs: [20],
    begin: listener => signals.watch(path, listener),
    line: (changed, fire) => {
      fire(`${changed} changed`)
    },
  })
