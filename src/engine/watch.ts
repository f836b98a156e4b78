import type { Outcome, Report } from '../model/report.js'
import type { ResourceId } from '../model/resource.js'
import type { Drift, Reason } from '../model/watch.js'
import type { Trigger } from '../triggers/trigger.js'
import { holdsAt, judge, nextRelease, wasWritten, type ContestLimits, type Contests } from './contest.js'
import { createCrew } from './crew.js'
import { driftsOf, explained, isUnexplained } from './drifts.js'
import { afterLook, calm, looksAfterRepairMs, pauseBefore, retryAfterMs } from './pace.js'

export interface WatchInput {
  /** Those to begin with. */
  readonly triggers: readonly Trigger[]
  /** Those to go on with, by what a look found. Left out: the same. */
  readonly triggersFor?: (report: Report) => Promise<readonly Trigger[]>
  readonly limits: () => ContestLimits
  /** Between looks in a storm of changes that are none of ours. */
  readonly longestPauseMs: () => number
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
  let retry: Clock | undefined
  let unsettled = 0
  const firedAt = new WeakMap<Reason, number>()

  const fire = (trigger: string, what: string, culprit?: Reason['culprit']) => {
    if (isOver) return
    const reason = { trigger, what, at: now(), ...(culprit === undefined ? {} : { culprit }) }
    firedAt.set(reason, elapsedMs())
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
      pauseBefore(pace, elapsedMs(), input.longestPauseMs()),
    )
  }
  const lookOnce = async () => {
    const reasons = waiting
    waiting = []
    const begun = elapsedMs()
    crew.begins()
    const held = new Set(holdsAt(contests, begun).keys())
    const answer = await input.look(reasons, held).then(
      report => ({ report }),
      (error: unknown) => ({ report: null, error }),
    )
    const [at, end] = [now(), elapsedMs()]
    // Who did it may be told while the look that saw it goes on.
    const known = [...reasons, ...waiting]
    const agoMs = (reason: Reason) => Math.round(end - (firedAt.get(reason) ?? begun))
    const found =
      answer.report === null
        ? []
        : driftsOf(answer.report, known, { held, onlyTells: input.onlyTells(), agoMs })
    const drifts = found.some(isUnexplained) ? explained(found, await input.restarting()) : found
    const hasRepaired = drifts.some(wasWritten)
    const judged = judge(contests, drifts, end, input.limits())
    contests = judged.contests
    pace = afterLook(pace, end, hasRepaired)
    if (hasRepaired && !isOver) {
      crew.wrote()
      lookLater()
    }
    if (!isOver) {
      lookAtRelease(end)
      tryAgain(answer.report)
      if (answer.report !== null) await followThose(answer.report)
    }
    await input.ended({
      ...answer,
      ...{ reasons, drifts, contested: judged.contested, at },
      costMs: Math.round(end - begun),
      holds: new Map(
        [...holdsAt(contests, end)].map(([id, leftMs]) => [id, new Date(at.getTime() + leftMs)]),
      ),
      triggers: crew.told(),
    })
  }
  const followThose = async (report: Report) => {
    const wanted = await input.triggersFor?.(report)
    // Told to end meanwhile: nothing begins any more.
    if (wanted !== undefined && !isOver) crew.follow(wanted)
  }
  const lookLater = () => {
    for (const each of later) clearTimeout(each)
    later = looksAfterRepairMs.map(ms =>
      setTimeout(() => {
        fire('after-repair', `${ms} ms after a repair`)
      }, ms),
    )
  }
  const tryAgain = (report: Report | null) => {
    const isSettled = report !== null && !report.outcomes.some(isUnsettled)
    if (isSettled) clearTimeout(retry)
    else if (retry !== undefined) return
    retry = undefined
    unsettled = isSettled ? 0 : unsettled + 1
    const afterMs = retryAfterMs(unsettled)
    if (afterMs !== null)
      retry = setTimeout(() => {
        retry = undefined
        fire('retry', 'the last look could not do all of it')
      }, afterMs)
  }
  const lookAtRelease = (at: number) => {
    clearTimeout(release)
    const next = nextRelease(contests, at)
    if (next !== null)
      release = setTimeout(() => {
        fire('contest', 'a contested entry is repaired again')
      }, next - at)
  }

  const crew = createCrew(fire)
  crew.follow(input.triggers)
  fire('start', 'the daemon began')
  return {
    look: fire,
    async stop() {
      isOver = true
      for (const each of [clock, release, retry, ...later]) clearTimeout(each)
      await crew.stop()
      await looking
    },
  }
}

const mostReasons = 50

/** A lock that somebody held, a program that did not answer: it may be over in a moment. */
const isUnsettled = ({ status, entry }: Outcome): boolean =>
  entry.reportOnly !== true && (status === 'failed' || status === 'unknown')

type Clock = ReturnType<typeof setTimeout>
