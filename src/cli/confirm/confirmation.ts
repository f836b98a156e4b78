import type { Host } from '../../host/host.js'
import type { Before } from '../../model/trace.js'
import type { Call } from '../command.js'
import type { Exit } from '../exit.js'
import { guard, refuseUnconfirmed } from './guard.js'
import { refuseWithoutSystemd } from './timer.js'
import { waitForConfirmation } from './wait.js'

/** What a run of apply has to do before it writes, and after. Rejects where another one is in the way. */
export async function confirmation(seconds: number | undefined, host: Host, call: Call) {
  await refuseUnconfirmed(host, call, seconds !== undefined)
  if (seconds === undefined) return undefined
  await refuseWithoutSystemd(host)
  let until: Date | undefined
  return {
    guard: async (before: readonly Before[]) => {
      const end = new Date(host.now().getTime() + seconds * 1000)
      await guard(before, end, host, call)
      until = end
    },
    wait: (exit: Exit): Promise<Exit> | Exit => {
      if (until !== undefined) return waitForConfirmation(until, exit, host, call)
      call.tell('nothing was written, so nothing is to be confirmed')
      return exit
    },
  }
}
