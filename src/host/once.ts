import type { Listener } from './signals.js'

/** Tells an end once, and nothing after close(). */
export function once(listener: Listener) {
  let over = false
  return {
    isOver: () => over,
    close: () => (over = true),
    end: (why: string) => {
      if (over) return
      over = true
      listener.end(why)
    },
  }
}
