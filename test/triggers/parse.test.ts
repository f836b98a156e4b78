import fc from 'fast-check'
import t from 'tap'
import { unitOf } from '../../src/triggers/culprit.js'
import { parseEvent } from '../../src/triggers/docker-events.js'
import { parseLink } from '../../src/triggers/link-monitor.js'
import { parseChange, parseGeneration } from '../../src/triggers/nft-monitor.js'
import { isSchedule } from '../../src/triggers/schedule.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

t.test('what the sources print', async t => {
  t.same(parseGeneration('# new generation 5 by process 31124 (iptables-nft)'), {
    pid: 31124,
    command: 'iptables-nft',
  })
  t.same(parseGeneration('# new generation 6 by process 9 (a) b)'), { pid: 9, command: 'a) b' })
  t.equal(parseGeneration('delete rule ip filter DOCKER-USER handle 5'), null)
  t.equal(parseChange('delete rule ip filter DOCKER-USER handle 5'), 'delete rule ip filter DOCKER-USER')
  t.equal(parseChange('delete table inet taskfence'), 'delete table inet taskfence')
  t.equal(parseLink('7: br-1f@if6: <BROADCAST,UP> mtu 1500'), 'br-1f changed')
  t.equal(parseLink('Deleted 7: docker0: <BROADCAST> mtu 1500'), 'docker0 gone')
  t.equal(parseLink('    link/ether 02:42'), null)
  t.equal(
    parseEvent('{"Type":"container","Action":"start","Actor":{"Attributes":{"name":"web"}}}'),
    'docker container start web',
  )
  t.equal(parseEvent('{"Type":"daemon","Action":"reload"}'), 'docker daemon reload')
  for (const text of ['', 'null', '[]', '{"Type":1}', '{"Type":"a"']) t.equal(parseEvent(text), null, text)
  t.equal(unitOf('0::/system.slice/docker.service\n'), 'docker.service')
  t.equal(unitOf('12:cpu:/\n1:name=systemd:/user.slice/session-3.scope\n0::/'), 'session-3.scope')
  t.equal(unitOf(''), null)
})

t.test('no text makes them throw', async t => {
  for (const parse of [parseChange, parseGeneration, parseLink, parseEvent, unitOf])
    fc.assert(
      fc.property(fc.string(), text => {
        parse(text)
      }),
    )
  t.pass()
})

t.test('cron expressions', async t => {
  for (const text of ['* * * * *', '*/5 * * * *', '0 3 * * 1-5', '*/10 * * * * *'])
    t.ok(isSchedule(text), text)
  for (const text of ['', 'every minute', '61 * * * *', '* * *']) t.notOk(isSchedule(text), text)
})
