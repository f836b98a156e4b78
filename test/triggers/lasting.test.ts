import t from 'tap'
import type { Listener } from '../../src/host/signals.js'
import { lasting } from '../../src/triggers/lasting.js'

/** A source that shows what we write, and how often it was begun. */
function sourceOfEchoes() {
  const listeners: Listener[] = []
  const fired: string[] = []
  const started = lasting({
    name: 'echoes',
    echoes: true,
    looksAfterBeginMs: [],
    begin(listener) {
      listeners.push(listener)
      return { stop: () => Promise.resolve() }
    },
    line: () => undefined,
  }).start(what => fired.push(what))
  return {
    started,
    fired,
    begun: () => listeners.length,
    says: (text: string) => listeners.at(-1)?.line(text),
  }
}

const patience = () => new Promise(resolve => setTimeout(resolve, 2300))

t.test('a write that shows before its look ends', async t => {
  const { started, fired, begun, says } = sourceOfEchoes()
  started.begins?.()
  says('our rule')
  started.wrote?.()
  await patience()
  t.same([fired, begun(), started.ailing()], [[], 1, null], 'is no reason to begin it again')
  await started.stop()
})

t.test('a write that shows later', async t => {
  const { started, fired, begun, says } = sourceOfEchoes()
  started.begins?.()
  started.wrote?.()
  says('our rule')
  await patience()
  t.same([fired, begun()], [[], 1])
  await started.stop()
})

t.test('a write that shows nowhere', async t => {
  const { started, fired, begun, says } = sourceOfEchoes()
  says('what somebody did before the look')
  started.begins?.()
  started.wrote?.()
  await patience()
  t.same(fired, ['echoes ended: did not show a change of our own'])
  t.equal(begun(), 2, 'it is begun again')
  await started.stop()
})
