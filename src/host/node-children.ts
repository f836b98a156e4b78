/** So many of the latest are remembered; the system gives a number to somebody else much later. */
const most = 512
const started = new Set<number>()

/** Who changed a rule is often asked about when it is gone: our own must still be known then. */
export function noteChild(pid: number | undefined): void {
  if (pid === undefined) return
  started.delete(pid)
  started.add(pid)
  const [oldest] = started
  if (started.size > most && oldest !== undefined) started.delete(oldest)
}

/** This program, or one that it started. */
export const isOurs = (pid: number): boolean => pid === process.pid || started.has(pid)
