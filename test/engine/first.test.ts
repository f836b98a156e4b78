import t from 'tap'
import { firstOf } from '../../src/engine/first.js'
import { reconcile } from '../../src/engine/reconcile.js'
import type { Host } from '../../src/host/host.js'
import { TaskfenceError } from '../../src/model/errors.js'
import type { Reason } from '../../src/model/watch.js'
import { fakeHost } from '../fakes/fake-host.js'
import { machine, policyOf } from '../fakes/machine.js'
import { changed, drifted, entries, failed, inSync, report, unknown } from '../report/sample.js'

const key = '/proc/sys/net/ipv4/conf/all/route_localnet'
const about = (what: string): Reason => ({ trigger: 'x', what, at: new Date(0) })
const flipped = about(`${key} changed`)
const none = new Set<string>()

/** A machine with that one key in peace; what happens from then on is noted in order. */
async function rig() {
  const events: string[] = []
  const inner = fakeHost({ ...machine, files: { ...machine.files, [key]: '1\n' } })
  const host: Host = {
    ...inner,
    run(command) {
      events.push('looked')
      return inner.run(command)
    },
    files: {
      ...inner.files,
      async poke(path, text) {
        events.push(`wrote ${text.trim()}`)
        await inner.files.poke(path, text)
      },
    },
  }
  const writeLock = async () => {
    events.push('locked')
    return async () => {
      events.push('released')
    }
  }
  const asked = { policy: policyOf({}), mode: 'apply', only: ['route-localnet'], writeLock } as const
  const before = await reconcile(asked, host)
  events.length = 0
  const look = async (what = flipped) => {
    const seen = await reconcile({ ...asked, urgent: { first: firstOf(before, [what], none) } }, host)
    return { ...seen, events: events.filter((event, at) => event !== events[at - 1]) }
  }
  return { disk: inner.disk, look, host, asked, before }
}

t.test('what an event tells of is put back before anything else is looked at', async t => {
  const { disk, look } = await rig()
  disk.set(key, '0\n')
  const { outcomes, events } = await look()
  t.match(outcomes, [{ status: 'changed', from: '0', at: Date }])
  t.same(events, ['locked', 'wrote 1', 'looked', 'released'])
})

t.test('what an event tells of and stands is not written', async t => {
  const { look } = await rig()
  const { outcomes, events } = await look()
  t.match(outcomes, [{ status: 'in-sync' }])
  t.same(events, ['locked', 'looked', 'released'])
})

t.test('an event about something else: the whole look finds and mends it', async t => {
  const { disk, look } = await rig()
  disk.set(key, '0\n')
  const { outcomes, events } = await look(about('delete rule ip filter DOCKER-USER'))
  t.match(outcomes, [{ status: 'changed', from: '0', at: undefined }])
  t.same(events, ['locked', 'looked', 'wrote 1', 'looked', 'released'])
})

t.test('what cannot be put back at once is left to the whole look, which tells', async t => {
  const { disk, host, asked, before } = await rig()
  disk.set(key, '0\n')
  const deaf = { ...host, files: { ...host.files, poke: async () => undefined } }
  const urgent = { first: firstOf(before, [flipped], none) }
  const { outcomes } = await reconcile({ ...asked, urgent }, deaf)
  t.match(outcomes, [{ status: 'failed', error: { code: 'E_VERIFY' } }])
})

t.test('without the lock nothing is written', async t => {
  const { disk, host, asked, before } = await rig()
  disk.set(key, '0\n')
  const urgent = { first: firstOf(before, [flipped], none) }
  const writeLock = () => Promise.reject(new TaskfenceError('E_BUSY', 'somebody else writes'))
  await t.rejects(reconcile({ ...asked, urgent, writeLock }, host), { code: 'E_BUSY' })
  t.equal(disk.get(key), '0\n')
})

t.test('only what stood at the look before, is ours to write, and is spoken of', t => {
  const { sysctl, literal, fence } = entries
  const outcomes = [inSync(sysctl), changed(literal), inSync(fence)]
  const ids = (reason: Reason, given = outcomes, held: ReadonlySet<string> = none) =>
    firstOf(report({ outcomes: given }), [reason], held)?.entries.map(({ id }) => id)
  t.same(ids(flipped), [sysctl.id])
  t.same(ids(about('delete rule ip filter DOCKER-USER')), [literal.id])
  t.same(ids(about('delete table inet taskfence')), [fence.id])
  t.same(ids(about('it is time')), undefined)
  t.same(ids(flipped, outcomes, new Set([sysctl.id])), undefined, 'held')
  for (const outcome of [
    drifted(sysctl, '0'),
    failed(sysctl),
    unknown(sysctl),
    inSync({ ...sysctl, reportOnly: true }),
  ])
    t.same(ids(flipped, [outcome]), undefined, outcome.status)
  t.end()
})
