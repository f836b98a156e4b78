import { schedule as cron, validate } from 'node-cron'
import type { Trigger } from './trigger.js'

/** The safety net: a cron expression, with up to `jitterMs` on top, so that a fleet does not look in step. */
export const schedule = (expression: string, jitterMs: number): Trigger => ({
  name: 'schedule',
  start(fire) {
    let clock: ReturnType<typeof setTimeout> | undefined
    const task = cron(expression, () => {
      clock = setTimeout(() => {
        fire('it is time')
      }, Math.random() * jitterMs)
    })
    return {
      ailing: () => null,
      async stop() {
        clearTimeout(clock)
        await task.destroy()
      },
    }
  },
})

/** Five fields of crontab(5), or six with seconds first. */
export const isSchedule = (expression: string): boolean => validate(expression)
