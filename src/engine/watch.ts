import type { Report } from '../model/report.js'
import type { ResourceId } from '../model/resource.js'
import type { Drift, Reason } from '../model/watch.js'
import type { Started, Trigger } from '../triggers/trigger.js'
import { holdsAt, judge, nextRelease, wasWritten, type ContestLimits, type Contests } from './contest.js'
import { driftsOf, explained, isUnexplained } from './drifts.js'
import { afterLook, calm, looksAfterRepairMs, pauseBefore } from './pace.js'

export interface WatchInput {
  readonly triggers: readonly Trigger[]
  readonly limits: ContestLimits
  /** Between looks in a storm of changes that are none of ours. */
  readonly longestPauseMs: number
  readonly now: () => Date
  /** Times between are taken from this: a clock that is set must hold up no look. */
  readonly elapsedMs: () => number
  /** One trip of the arrow. Rejects when the run as a whole could not be. */
  readonly look: (reasons: readonly Reason[], held: ReadonlySet<ResourceId>) => Promise<Report>
  readonly ended: (look: EndedLook) => Promise<void>
  /** By policy drift is told and not repaired. */
  readonly onlyTells: () => boolean
  /** The service whose restart takes rules away just now; null: none is known. */
  readonly restarting: () => Promise<string | null>
}

/** What a look came to. */
export interface EndedLook {
  readonly reasons: readonly Reason[]
  readonly at: Date
  readonly costMs: number
  /** null: it could not be; `error` says why. */
  readonly report: Report | null
  readonly error?: unknown
  readonly drifts: readonly Drift[]
  /** Those of the drifts that are contested from now on. */
  readonly contested: readonly Drift[]
  /** Entries that are left alone, and until when. */
  readonly holds: ReadonlyMap<ResourceId, Date>
  /** null: the trigger works. */
  readonly triggers: readonly { readonly name: string; readonly ailing: string | null }[]
}

export interface Watching {
  /** For a reason of one's own: the policy was read again, a signal. */
  look(trigger: string, what: string): void
  /** Ends after the look that runs now. */
  stop(): Promise<void>
}

/** Looks at once when a trigger fires, one look at a time; what comes meanwhile is one look more. */
export function watch(input: WatchInput): Watching {
  const { now, elapsedMs } = input
  let waiting: Reason[] = []
  let contests: Contests = new Map()
  let pace = calm
  let looking: Promise<void> | null = null
  let isOver = false
  let clock: Clock | undefined
  let later: readonly Clock[] = []
  let release: Clock | undefined

  const fire = (trigger: string, what: string, culprit?: Reason['culprit']) => {
    if (isOver) return
    const reason = { trigger, what, at: now(), ...(culprit === undefined ? {} : { culprit }) }
    // Who asks for a look a thousand times gets one; the first and the last of them tell enough.
    waiting = waiting.length < mostReasons ? [...waiting, reason] : [...waiting.slice(0, -1), reason]
    arrange()
  }
  const arrange = () => {
    if (looking !== null || clock !== undefined || waiting.length === 0) return
    clock = setTimeout(
      () => {
        clock = undefined
        looking = lookOnce().finally(() => {
          looking = null
          if (!isOver) arrange()
        })
      },
      pauseBefore(pace, elapsedMs(), input.longestPauseMs),
    )
  }
  const lookOnce = async () => {
    const reasons = waiting
    waiting = []
    const begun = elapsedMs()
    const held = new Set(holdsAt(contests, begun).keys())
    const answer = await input.look(reasons, held).then(
      report => ({ report }),
      (error: unknown) => ({ report: null, error }),
    )
    const [at, end] = [now(), elapsedMs()]
    // Who did it may be told while the look that saw it goes on.
    const known = [...reasons, ...waiting]
    const found =
      answer.report === null ? [] : driftsOf(answer.report, known, { held, onlyTells: input.onlyTells() })
    const drifts = found.some(isUnexplained) ? explained(found, await input.restarting()) : found
    const hasRepaired = drifts.some(wasWritten)
    const judged = judge(contests, drifts, end, input.limits)
    contests = judged.contests
    pace = afterLook(pace, end, hasRepaired)
    if (hasRepaired && !isOver) {
      for (const { started } of running) started.wrote?.()
      lookLater()
    }
    if (!isOver) lookAtRelease(end)
    await input.ended({
      ...answer,
      ...{ reasons, drifts, contested: judged.contested, at },
      costMs: Math.round(end - begun),
      holds: new Map(
        [...holdsAt(contests, end)].map(([id, leftMs]) => [id, new Date(at.getTime() + leftMs)]),
      ),
      triggers: running.map(({ name, started }) => ({ name, ailing: started.ailing() })),
    })
  }
  const lookLater = () => {
    for (const each of later) clearTimeout(each)
    later = looksAfterRepairMs.map(ms =>
      setTimeout(() => {
        fire('after-repair', `${ms} ms after a repair`)
      }, ms),
    )
  }
  const lookAtRelease = (at: number) => {
    clearTimeout(release)
    const next = nextRelease(contests, at)
    if (next !== null)
      release = setTimeout(() => {
        fire('contest', 'a contested entry is repaired again')
      }, next - at)
  }

  const running: readonly { readonly name: string; readonly started: Started }[] = input.triggers.map(
    trigger => ({
      name: trigger.name,
      started: trigger.start((what, culprit) => {
        fire(trigger.name, what, culprit)
      }),
    }),
  )
  fire('start', 'the daemon began')
  return {
    look: fire,
    async stop() {
      isOver = true
      for (const each of [clock, release, ...later]) clearTimeout(each)
      await Promise.all(running.map(({ started }) => started.stop()))
      await looking
    },
  }
}

const mostReasons = 50

type Clock = ReturnType<typeof setTimeout>
