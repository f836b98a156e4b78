/** Milliseconds of a clock that nobody sets. `performance.now()` is the same, and loads a millisecond of Node for it. */
export const elapsedMs = (): number => Number(process.hrtime.bigint()) / 1e6
