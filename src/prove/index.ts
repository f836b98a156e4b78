import { controls as allControls } from '../controls/index.js'
import { notesOf } from '../engine/notes.js'
import { survey } from '../engine/survey.js'
import type { Host } from '../host/host.js'
import type { Command } from '../model/command.js'
import type { PacketClaim } from '../model/claim.js'
import type { SkippedControl } from '../model/desired.js'
import { TaskfenceError } from '../model/errors.js'
import type { ProveInput, ProveReport } from '../model/prove.js'
import { platformFor } from '../platforms/index.js'
import { aim } from './aim.js'
import { answersTo } from './answers.js'
import { openPlaces, type Places } from './places.js'
import { questionsOf, type Question } from './questions.js'

export interface LiveInput extends ProveInput {
  /**
   * This program in the mode that runs serveProbes() on its standard input and output: a process of its own, because a
   * network namespace lives as long as the process in it.
   */
  readonly prober: Command
}

/**
 * Asks every packet claim twice: of the rules as they stand, and with a real packet from a throw-away namespace on each
 * live bridge and from the host. A TCP connection is made and reset; nothing is sent over it. Everything made for it goes
 * when this returns, or dies. Rejects with a TaskfenceError where the run as a whole cannot be.
 */
export async function proveLive(input: LiveInput, host: Host): Promise<ProveReport> {
  const controls = allControls.filter(
    ({ id, os = 'linux' }) => os === 'linux' && (input.only?.includes(id) ?? true),
  )
  const { facts, look } = await survey(host)
  if (facts.os.family === 'windows') throw onlyLinux()
  const context = { facts, policy: input.policy, platform: platformFor(facts.os) }
  const { questions, skipped } = questionsOf(context, controls)
  const at = host.now()
  const places = await openPlaces(questions, { prober: input.prober, facts, policy: input.policy }, host)
  let lost: readonly string[] = []
  try {
    const absent = questions.filter(({ claim }) => isEmpty(places, claim))
    const aimed = await aim(
      questions.filter(({ claim }) => !isEmpty(places, claim)),
      places,
    )
    const { probes, notes } = await answersTo(aimed, look, host)
    lost = await places.close()
    return {
      at,
      facts,
      policy: input.policy,
      probes,
      skipped: [...skipped, ...emptyPlaces(absent, places)],
      notes: [
        ...notesOf(context, controls, []),
        ...[...notes, ...lost.map(words => `[unexpected] ${words}`)].map(text => ({ text })),
      ],
    }
  } finally {
    await places.close()
  }
}

const isEmpty = (places: Places, { origin }: PacketClaim): boolean => {
  const place = places.at(origin)
  return 'nobodyThere' in place && place.nobodyThere
}

function emptyPlaces(questions: readonly Question[], places: Places): readonly SkippedControl[] {
  const lines = questions.map(({ control, claim }) => {
    const place = places.at(claim.origin)
    return { control, reason: 'because' in place ? place.because : '' }
  })
  return lines.filter(
    (line, index) =>
      lines.findIndex(other => other.control === line.control && other.reason === line.reason) === index,
  )
}

const onlyLinux = (): TaskfenceError =>
  new TaskfenceError('E_UNSUPPORTED', 'packets are sent from namespaces of Linux, and Windows has none', {
    hint: '`taskfence check` asks the credentials endpoint itself.',
  })
