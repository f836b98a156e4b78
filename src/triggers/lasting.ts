import type { Listener, Running } from '../host/signals.js'
import type { Fire, Trigger } from './trigger.js'

/** A source of signals that may end at any time and is begun again. */
export interface Source {
  readonly name: string
  begin(listener: Listener): Running
  /** Says what a line means; a look follows where it fires. */
  line(text: string, fire: Fire): void
  /** Times after each begin at which it may have begun to listen: what changed before, only a look can tell. */
  readonly looksAfterBeginMs: readonly number[]
  /** A write of ours shows here as a line of its own: where none comes, the source is deaf and begun again. */
  readonly echoes?: boolean
}

const firstPauseMs = 100
const longestPauseMs = 30_000
/** A source that has not ended by then has begun. */
const begunAfterMs = 1000
const echoWithinMs = 2000

/** Its end and its begin are reasons to look, as nobody listened between. The pauses between grow. */
export const lasting = (source: Source): Trigger => ({
  name: source.name,
  start(fire) {
    let pauseMs = firstPauseMs
    let ailing: string | null = null
    let running: Running
    let isOver = false
    let isHeard = false
    let awaited: Clock | undefined
    let clocks: readonly Clock[] = []

    const begin = () => {
      running = source.begin({ line, end })
      clocks = [
        ...source.looksAfterBeginMs.map(ms =>
          setTimeout(() => {
            fire(`${source.name} began`)
          }, ms),
        ),
        setTimeout(() => {
          ailing = null
          pauseMs = firstPauseMs
        }, begunAfterMs),
      ]
    }
    const line = (text: string) => {
      isHeard = true
      clearTimeout(awaited)
      awaited = undefined
      ailing = null
      pauseMs = firstPauseMs
      source.line(text, fire)
    }
    const end = (why: string) => {
      forget()
      // A source that cannot begin is no news each time.
      if (ailing === null) fire(`${source.name} ended: ${why}`)
      ailing = why
      clocks = [setTimeout(begin, pauseMs)]
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
    const forget = () => {
      clearTimeout(awaited)
      awaited = undefined
      for (const clock of clocks) clearTimeout(clock)
    }

    begin()
    return {
      ailing: () => ailing,
      begins() {
        isHeard = false
      },
      wrote() {
        // It may have shown before the look that wrote it ended.
        if (source.echoes !== true || ailing !== null || isOver || isHeard) return
        awaited ??= setTimeout(() => {
          void running.stop()
          end('did not show a change of our own')
        }, echoWithinMs)
      },
      async stop() {
        isOver = true
        forget()
        await running.stop()
      },
    }
  },
})

type Clock = ReturnType<typeof setTimeout>
