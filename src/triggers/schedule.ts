import { createTask, validate } from 'node-cron'
import type { Trigger } from './trigger.js'

/**
 * The safety net: a cron expression, with up to `jitterMs` on top, so that a fleet does not look in step. node-cron says
 * when; the waiting is ours, as its own goes on to the time it once chose where the clock is set back, and through every
 * time between where it is set forward.
 */
export const schedule = (expression: string, jitterMs: number): Trigger => ({
  name: 'schedule',
  start(fire) {
    const task = createTask(expression, () => undefined)
    let clock: ReturnType<typeof setTimeout> | undefined
    const wait = () => {
      const now = Date.now()
      const [next] = task.getNextRuns(1)
      const leftMs = next === undefined ? Infinity : next.getTime() - now
      const isNext = leftMs <= longestMs
      clock = setTimeout(
        () => {
          if (isNext) fire('it is time')
          wait()
        },
        isNext ? leftMs + Math.random() * jitterMs : longestMs,
      )
    }
    wait()
    return {
      ailing: () => null,
      async stop() {
        clearTimeout(clock)
        await task.destroy()
      },
    }
  },
})

/** Then the clock of the host is asked again. */
const longestMs = 60_000

/** Five fields of crontab(5), or six with seconds first. */
export const isSchedule = (expression: string): boolean => validate(expression)
