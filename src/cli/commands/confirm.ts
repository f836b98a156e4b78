import type { Command } from '../command.js'
import { exits } from '../exit.js'

export const confirm: Command = {
  name: 'confirm',
  synopsis: 'confirm',
  words: 0,
  options: ['lock-wait', 'log-level'],
  summary: 'keep what apply --confirm-within wrote',
  story: `Ends the time that apply --confirm-within gave. Where it was taken back already, it
stays so, and apply and the daemon may write again. Exit 0: kept, or nothing waits;
1: it was taken back.`,
  needsRoot: true,
  async run(call) {
    const host = await call.parts.host()
    const [{ takeLock }, { settle }] = await Promise.all([
      import('../lock.js'),
      import('../confirm/guard.js'),
    ])
    const holder = { pid: call.pid, command: 'taskfence confirm' }
    const release = await takeLock(host, call.options.lockWaitSeconds, holder)
    try {
      const found = await settle(host)
      if (found === null) {
        call.print('Nothing waits to be confirmed.\n')
        return exits.ok
      }
      if (!found.isTakenBack) {
        call.print('Confirmed: what apply wrote stays.\n')
        return exits.ok
      }
      call.print(
        'Too late: it was taken back, and stays so. `taskfence plan` shows what apply and the daemon write from now on.\n',
      )
      return exits.broken
    } finally {
      await release()
    }
  },
}
