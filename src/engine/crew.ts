import type { Reason } from '../model/watch.js'
import type { Started, Trigger } from '../triggers/trigger.js'

/** The triggers that run now. */
export interface Crew {
  /** Begins those of them that do not run yet, and ends what is none of them. One that is the same goes on. */
  follow(wanted: readonly Trigger[]): void
  /** null: it works. */
  told(): readonly { readonly name: string; readonly ailing: string | null }[]
  /** A look begins. */
  begins(): void
  /** The look wrote. */
  wrote(): void
  stop(): Promise<void>
}

export function createCrew(fire: (trigger: string, what: string, culprit?: Reason['culprit']) => void): Crew {
  let running: ReadonlyMap<Trigger, Started> = new Map()
  const ends = new Set<Promise<void>>()
  const end = (started: Started) => {
    const ended = started.stop().finally(() => ends.delete(ended))
    ends.add(ended)
  }
  return {
    follow(wanted) {
      const before = running
      running = new Map(
        wanted.map(trigger => [
          trigger,
          before.get(trigger) ??
            trigger.start((what, culprit) => {
              fire(trigger.name, what, culprit)
            }),
        ]),
      )
      for (const [trigger, started] of before) if (!running.has(trigger)) end(started)
    },
    told: () => [...running].map(([{ name }, started]) => ({ name, ailing: started.ailing() })),
    begins() {
      for (const started of running.values()) started.begins?.()
    },
    wrote() {
      for (const started of running.values()) started.wrote?.()
    },
    async stop() {
      for (const started of running.values()) end(started)
      await Promise.all(ends)
    },
  }
}
