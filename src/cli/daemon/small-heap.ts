import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * A look is a moment's work in a minute: what V8 would keep at hand for the next one stays for all the time between.
 * Answers with what is to be called after each look.
 */
export function keepHeapSmall(): () => void {
  // The young generation stays as small as it begins.
  setFlagsFromString('--semi-space-growth-factor=1')
  // The optimizing compiler and what it makes take more than the program itself, and save a look no millisecond.
  setFlagsFromString('--no-opt')
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  let leftOver = used()
  let clock: NodeJS.Timeout | undefined
  const rest = () => {
    if (used() - leftOver < worthwhileBytes) return
    collect()
    leftOver = used()
  }
  return () => {
    clearTimeout(clock)
    clock = setTimeout(rest, used() - leftOver < mostBytes ? quietMs : 0).unref()
  }
}

const used = (): number => getHeapStatistics().used_heap_size

/** What some twenty looks leave behind; V8 by itself waits for much more. */
const worthwhileBytes = 4 * 1024 * 1024
/** So much is not kept for a quiet moment. */
const mostBytes = 12 * 1024 * 1024
/** Later than the looks after a repair. */
const quietMs = 5000
