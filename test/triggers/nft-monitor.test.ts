import t from 'tap'
import type { Listener, Signals } from '../../src/host/signals.js'
import { nftMonitor } from '../../src/triggers/nft-monitor.js'

t.test('what it tells leads to a look, and so does what it says it lost', async t => {
  let monitor: Listener | undefined
  const running = { stop: () => Promise.resolve() }
  const signals: Signals = {
    listen: (_command, listener) => {
      monitor = listener
      return running
    },
    follow: () => running,
    watch: () => running,
    isOurs: () => false,
  }
  const culpritOf = (pid: number, command: string) =>
    Promise.resolve(pid === 1 ? null : { pid, command, unit: null })
  const fired: string[] = []
  const started = nftMonitor({ signals, culpritOf }).start(what => fired.push(what))
  t.teardown(() => started.stop())
  const tells = async (...lines: readonly string[]) => {
    fired.length = 0
    for (const line of lines) monitor?.line(line)
    await new Promise(resolve => setTimeout(resolve, 1))
    return fired.filter(what => !what.endsWith('began'))
  }
  const change = 'delete rule ip filter DOCKER-USER handle 5'
  t.same(await tells(change, '# new generation 5 by process 7 (iptables)'), [
    'delete rule ip filter DOCKER-USER',
  ])
  t.same(await tells(change, '# new generation 6 by process 1 (nft)'), [], 'nobody else')
  t.same(await tells('# ERROR: We lost some netlink events!'), ['nft monitor lost events'])
})
