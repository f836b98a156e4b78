import type { Child, Host } from '../../host/host.js'
import type { Report } from '../../model/report.js'
import { heldFences, type FenceTable } from '../../model/resource.js'
import type { FileRule } from '../../resources/fence-file-text.js'
import { fenceTables } from '../../resources/fence-table.js'
import { heldFenceText } from '../../resources/held-fence-text.js'
import type { Fire, Trigger } from '../../triggers/trigger.js'
import type { Log } from '../logger.js'

/**
 * A second fence that belongs to a child of the daemon: the kernel lets nobody else change it, and `nft flush ruleset`
 * passes it over. It goes with its child, so it stands beside the fence and never in its place. Needs Linux 5.12, and an
 * nft that knows `flags owner` (0.9.9).
 */
export interface HeldFence {
  /** Its end is a reason to look, and the look makes it again. */
  readonly trigger: Trigger
  /** Makes it hold these rules and no others. Never rejects: that it cannot is logged, and tried again later. */
  keep(rules: readonly FileRule[]): Promise<void>
}

const firstPauseMs = 1000
const longestPauseMs = 600_000
const answerWithinMs = 8000

export function createHeldFence(host: Host, log: Log): HeldFence {
  let child: Child | undefined
  let standing: readonly FileRule[] = []
  /** What stands of each table. */
  const marks = new Map<FenceTable, string>()
  let refusedMark: string | null = null
  let ailing: string | null = null
  let pauseMs = firstPauseMs
  let notBefore = 0
  let again: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  let fire: Fire = () => undefined

  const letGo = async () => {
    const last = child
    child = undefined
    standing = []
    marks.clear()
    await last?.stop()
  }
  const begin = async (): Promise<Child> => {
    const next = await host.start({ file: 'nft', args: ['-i'] })
    child = next
    if (isOver) await letGo()
    void next.gone.then(() => {
      if (child !== next) return
      ailing = 'its child ended'
      void letGo()
      fire('the held fence ended')
    })
    return next
  }
  const carryOut = async (rules: readonly FileRule[]) => {
    const texts = fenceTables.map(table => [table, heldFenceText(table, rules)] as const)
    if (texts.every(([, text]) => text === '')) {
      ailing = null
      await letGo()
      return
    }
    const isNew = child === undefined
    const holder = child ?? (await begin())
    let refused: string | null = null
    for (const [table, text] of texts) {
      const mark = await markOf(text, host)
      if (mark === (marks.get(table) ?? '')) continue
      if (mark === refusedMark && host.elapsedMs() < notBefore) {
        refused = ailing
        continue
      }
      const line =
        text === '' ? `delete table inet ${heldFences[table]}` : heldFenceText(table, rules, standing)
      const complaint = await say(holder, line)
      if (complaint === null) marks.set(table, mark)
      else if (table === 'taskfence') throw new Error(complaint)
      else {
        // The one that may fail stands apart, so that it takes nothing with it.
        refused = complaint
        refusedMark = mark
        tell(
          complaint,
          'tasks in host network mode are not held: a flush of all rules opens them for a moment',
        )
      }
    }
    standing = rules
    if (refused !== null) return
    ailing = null
    pauseMs = firstPauseMs
    if (isNew)
      log.info('the fence is held: nobody else can flush this second one', { child: holder.pid ?? '?' })
  }
  /** Once for each reason; and it is tried again, later and later. */
  const tell = (because: string, what: string) => {
    if (because !== ailing) log.warn(what, { because })
    ailing = because
    notBefore = host.elapsedMs() + pauseMs
    clearTimeout(again)
    again = setTimeout(() => {
      fire('the held fence is tried again')
    }, pauseMs)
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
  }

  return {
    trigger: {
      name: 'held-fence',
      start(told) {
        fire = told
        return {
          ailing: () => ailing,
          async stop() {
            // The look that runs now may still ask for it.
            isOver = true
            clearTimeout(again)
            await letGo()
          },
        }
      },
    },
    async keep(rules) {
      if (isOver || (child === undefined && host.elapsedMs() < notBefore)) return
      try {
        await carryOut(rules)
      } catch (error) {
        await letGo()
        const because = error instanceof Error ? error.message : String(error)
        tell(because, 'the fence is not held: a flush of all rules opens this host until the next look')
      }
    },
  }
}

/** Rules of the fence that a look wants, by its report. */
export const fenceRulesOf = ({ outcomes }: Report): readonly FileRule[] =>
  outcomes.flatMap(({ entry: { resource, state } }) =>
    resource.kind === 'fence-rule' && state !== null ? [{ resource, state }] : [],
  )

/** The text, with the numbers of the cgroups that it names: one that was made again has the same name. */
async function markOf(text: string, { files }: Host): Promise<string> {
  const names = [...text.matchAll(/cgroupv2 level \d+ "([^"]+)"/g)].map(([, name = '']) => name)
  const places = names.flatMap(name => [`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/unified/${name}`])
  const found = await Promise.all(places.map(place => files.stat(place)))
  return [text, ...found.map(one => one?.inode ?? 'none')].join(' ').trim()
}

/** They may come after the end of its output. */
async function lastWords(child: Child): Promise<string> {
  await Promise.race([child.gone, new Promise(resolve => setTimeout(resolve, 1000).unref())])
  return child.stderr().trim().split('\n')[0] || 'without a word'
}

/** Answers once a line was carried out: null, or nft's words where it was not. Rejects where nft does not answer. */
async function say(child: Child, line: string): Promise<string | null> {
  const before = child.stderr().length
  // nft answers the second line when it is done with the first. Some builds of it echo what they read.
  child.send(`${line}\ndescribe ip saddr\n`)
  for (let answer: string | null = ''; !answer.includes('datatype');) {
    answer = await child.line(answerWithinMs)
    if (answer === null) throw new Error(`nft ended: ${await lastWords(child)}`)
  }
  // What it complains of comes by another pipe, before that answer.
  await new Promise(resolve => setTimeout(resolve, 5))
  return child.stderr().slice(before).trim().split('\n')[0] || null
}
