import type { Trigger } from './trigger.js'

/**
 * Reads a text again and again and fires where it changed: for legacy iptables, of which no event tells. The next read
 * begins when the one before has ended.
 */
export const poll = (name: string, everyMs: number, read: () => Promise<string>): Trigger => ({
  name,
  start(fire) {
    let ailing: string | null = null
    let isOver = false
    let before: string | undefined
    let clock: ReturnType<typeof setTimeout> | undefined
    const turn = async () => {
      try {
        const now = await read()
        ailing = null
        if (before !== undefined && now !== before) fire(`${name}: rules changed`)
        before = now
      } catch (error) {
        if (ailing === null) fire(`${name}: could not read`)
        ailing = error instanceof Error ? error.message : String(error)
      }
      if (!isOver) clock = setTimeout(() => void turn(), everyMs)
    }
    void turn()
    return {
      ailing: () => ailing,
      stop() {
        isOver = true
        clearTimeout(clock)
        return Promise.resolve()
      },
    }
  },
})
