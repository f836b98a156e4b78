import type { Host } from '../host/host.js'
import { FileError } from '../model/errors.js'

/** A file of somebody else is edited or left, never made: one that went since it was looked at would come back as ours alone. */
export const editStanding = (path: string, host: Host, change: (text: string) => string): Promise<void> =>
  host.files.edit(path, text => {
    if (text === null) throw new FileError(path, 'went away while it was to be edited')
    return change(text)
  })
