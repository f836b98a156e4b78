import type { Host } from '../../host/host.js'
import { placesOf } from '../../platforms/places.js'
import { holdLock, type Holder } from '../lock.js'
import type { Log } from '../logger.js'

/** One daemon watches a host. */
export interface DaemonLock {
  /** Resolves where the child that holds the lock was killed and it could not be taken again: with the reason. */
  readonly lost: Promise<Error>
  /** The daemon ends: a Ctrl-C reaches the child too, and the lock is not taken again. */
  ends(): void
  release(): Promise<void>
}

/** Rejects with E_BUSY where another daemon runs. Should its child be killed, the lock is taken again. */
export async function holdDaemonLock(host: Host, holder: Holder, log: Log): Promise<DaemonLock> {
  const take = (waitSeconds: number) =>
    holdLock(host, waitSeconds, holder, placesOf(host).lockFolder, 'daemon')
  let lock = await take(0)
  let isOver = false
  let isLost = false
  const follow = async (): Promise<Error> => {
    for (;;) {
      await lock.gone()
      // Nobody waits for this any more.
      if (isOver) return new Error('the daemon ends')
      log.warn('the child that holds the lock of the daemon was killed: it is taken again')
      try {
        lock = await take(1)
      } catch (error) {
        isLost = true
        return error as Error
      }
    }
  }
  return {
    lost: follow(),
    ends() {
      isOver = true
    },
    async release() {
      isOver = true
      // Who has it now told so in the place where we would take our own name away.
      if (!isLost) await lock.release()
    },
  }
}
