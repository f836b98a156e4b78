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
  let texts: ReadonlyMap<FenceTable, string> = new Map()
  let ailing: string | null = null
  let pauseMs = firstPauseMs
  let notBefore = 0
  let isOver = false
  let fire: Fire = () => undefined

  const letGo = async () => {
    const last = child
    child = undefined
    standing = []
    texts = new Map()
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
    const wanted = new Map(fenceTables.map(table => [table, heldFenceText(table, rules, standing)]))
    if ([...wanted.values()].every(text => text === '')) {
      ailing = null
      await letGo()
      return
    }
    const isNew = child === undefined
    const holder = child ?? (await begin())
    for (const [table, text] of wanted) {
      // What names a cgroup names its number: a cgroup made again has the same text.
      if (text === texts.get(table) && (table === 'taskfence' || text === '')) continue
      if (text !== '') await say(holder, text)
      else if (texts.has(table)) await say(holder, `delete table inet ${heldFences[table]}`)
    }
    standing = rules
    texts = new Map(fenceTables.map(table => [table, heldFenceText(table, rules)]))
    ailing = null
    pauseMs = firstPauseMs
    if (isNew)
      log.info('the fence is held: nobody else can flush this second one', { child: holder.pid ?? '?' })
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
            await letGo()
          },
        }
      },
    },
    async keep(rules) {
      const now = host.elapsedMs()
      if (isOver || (child === undefined && now < notBefore)) return
      try {
        await carryOut(rules)
      } catch (error) {
        await letGo()
        const because = error instanceof Error ? error.message : String(error)
        if (because !== ailing)
          log.warn('the fence is not held: a flush of all rules opens this host until the next look', {
            because,
          })
        ailing = because
        notBefore = now + pauseMs
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      }
    },
  }
}

/** Rules of the fence that a look wants, by its report. */
export const fenceRulesOf = ({ outcomes }: Report): readonly FileRule[] =>
  outcomes.flatMap(({ entry: { resource, state } }) =>
    resource.kind === 'fence-rule' && state !== null ? [{ resource, state }] : [],
  )

/** Answers once a line was carried out. Rejects with nft's words where it was not. */
async function say(child: Child, line: string): Promise<void> {
  const before = child.stderr().length
  // nft answers the second line when it is done with the first. Some builds of it echo what they read.
  child.send(`${line}\ndescribe ip saddr\n`)
  for (let answer: string | null = ''; !answer.includes('datatype');) {
    answer = await child.line(answerWithinMs)
    if (answer === null) throw new Error(`nft ended: ${child.stderr().trim().split('\n')[0] ?? ''}`)
  }
  // What it complains of comes by another pipe, before that answer.
  await new Promise(resolve => setTimeout(resolve, 5))
  const [complaint = ''] = child.stderr().slice(before).trim().split('\n')
  if (complaint !== '') throw new Error(complaint)
}
