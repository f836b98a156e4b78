import type { Trigger } from './trigger.js'

/** A look where none ended for too long, whatever the schedule says: systemd takes such a daemon for one that hangs. */
export const heartbeat = (checkMs: number, isDue: () => boolean): Trigger => ({
  name: 'heartbeat',
  start(fire) {
    const clock = setInterval(() => {
      if (isDue()) fire('systemd waits for a look to end')
    }, checkMs)
    return {
      ailing: () => null,
      stop() {
        clearInterval(clock)
        return Promise.resolve()
      },
    }
  },
})
