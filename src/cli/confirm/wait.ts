import type { Host } from '../../host/host.js'
import { readUnconfirmed } from '../../engine/unconfirmed.js'
import type { Call } from '../command.js'
import { exits, type Exit } from '../exit.js'

const pauseMs = 250
/** A line each so many seconds where there is no terminal. */
const plainSeconds = 30
/** What the timer may take to be done. */
const graceMs = 60_000

/** Waits until somebody confirms or the timer has taken it back. It is there for whoever looks on: without it all goes the same way. */
export async function waitForConfirmation(until: Date, exit: Exit, host: Host, call: Call): Promise<Exit> {
  call.tell(
    `waiting for \`taskfence confirm\` until ${until.toISOString()}; without it the state before comes back`,
  )
  let last = Number.POSITIVE_INFINITY
  for (;;) {
    const found = await readUnconfirmed(host)
    const left = Math.ceil((until.getTime() - host.now().getTime()) / 1000)
    if (found === null) {
      call.tell('confirmed')
      return exit
    }
    if (found.isTakenBack) {
      call.tell(
        'not confirmed in time: the state before stands again; `taskfence confirm` lets apply write anew',
      )
      return exits.broken
    }
    if (left * 1000 < -graceMs) {
      call.tell(`not taken back yet: look at \`journalctl -u ${found.unit}\``)
      return exits.broken
    }
    if (left !== last && left >= 0) {
      const words = `${left} s left`
      if (call.isTerminal) call.retell(words)
      else if (left % plainSeconds === 0) call.tell(words)
      last = left
    }
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}
