/** Texts that only grow, of lines that nobody else may read. Each call rejects with a FileError where it could not. */
export interface Journal {
  /** The last `bytes` of a regular file and its whole size, in bytes; null: there is no such file. */
  readonly end: (
    path: string,
    bytes: number,
  ) => Promise<{ readonly text: string; readonly size: number } | null>
  /** All of `text` at the end of it, or nothing, where the disk is full. Made where it is missing; no link is followed. */
  readonly append: (path: string, text: string) => Promise<void>
  /** In the place of whatever bears that name; nothing to rename is fine. */
  readonly rename: (path: string, to: string) => Promise<void>
}
