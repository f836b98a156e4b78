import fc from 'fast-check'
import t from 'tap'
import { FileError } from '../../src/model/errors.js'
import { commandWords } from '../../src/triggers/command-words.js'
import { culpritOf, unitOf } from '../../src/triggers/culprit.js'
import { parseEvent } from '../../src/triggers/docker-events.js'
import { parseLink } from '../../src/triggers/link-monitor.js'
import { isComplaint, parseChange, parseGeneration } from '../../src/triggers/nft-monitor.js'
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
  const id = '0123456789ab'.padEnd(64, 'c')
  for (const [cgroup, unit] of [
    [`0::/ecstasks.slice/ecstasks-1.slice/docker-${id}.scope`, `docker-${id}.scope`],
    [`0::/docker/${id}`, 'container 0123456789ab'],
    [
      `9:cpu:/ecs/1/${id}\n1:name=systemd:/ecs/1/${id}\n0::/system.slice/docker.service`,
      'container 0123456789ab',
    ],
  ] as const)
    t.equal(unitOf(`${cgroup}\n`), unit)
  t.ok(isComplaint('# ERROR: We lost some netlink events!'))
  t.notOk(isComplaint('# new generation 5 by process 31124 (iptables-nft)'))
})

t.test('who did it, while /proc still tells', async t => {
  const proc: Readonly<Record<string, string>> = {
    '/proc/7/cmdline': 'ufw\0--token=s3cret\0reload\0',
    '/proc/7/cgroup': '0::/system.slice/ufw.service\n',
    '/proc/8/cmdline': '',
  }
  const files = {
    read: (path: string) =>
      path in proc ? Promise.resolve(proc[path] ?? null) : Promise.reject(new FileError(path, 'gone')),
  }
  const who = (pid: number) => culpritOf(pid, 'ufw', own => own === 6, files)
  t.equal(await who(6), null, 'this program itself')
  t.same(await who(7), { pid: 7, command: 'ufw --token=… reload', unit: 'ufw.service' })
  t.same(await who(8), { pid: 8, command: 'ufw', unit: null }, 'a thread of the kernel has no command line')
  t.same(await who(9), { pid: 9, command: 'ufw', unit: null }, 'it is gone')
})

t.test('no secret of a command line is told, by whatever name it goes', async t => {
  for (const [command, told] of [
    [
      'docker run -e AWS_SECRET_ACCESS_KEY=s3cret -e HOME --env A=s3cret --env=B=s3cret -eC=s3cret nginx',
      'docker run -e AWS_SECRET_ACCESS_KEY=… -e HOME --env A=… --env=B=… -eC=… nginx',
    ],
    [
      'fw --password s3cret --token=s3cret --db-passwd s3cret --on',
      'fw --password … --token=… --db-passwd … --on',
    ],
    ['fw https://user:s3cret@example.org/x', 'fw https://…@example.org/x'],
    [
      'iptables -p tcp -d 169.254.170.2 --dport 80 -j DNAT',
      'iptables -p tcp -d 169.254.170.2 --dport 80 -j DNAT',
    ],
    ['nft delete rule inet taskfence forward handle 3', 'nft delete rule inet taskfence forward handle 3'],
  ] as const)
    t.equal(commandWords(command.split(' ')), told)
  const script =
    'export API_TOKEN="s3 cret"; curl -H "Authorization: Bearer s3cret" x; docker run -e K=s3cret i; iptables -F'
  t.notMatch(commandWords(['sh', '-c', script]), /s3/)
  t.match(commandWords(['sh', '-c', script]), /iptables -F$/)
  t.ok(commandWords(['x', 'a'.repeat(200_000), 'b']).length < 1100, 'anybody chooses how long it is')
})

t.test('no text makes them throw', async t => {
  for (const parse of [
    parseChange,
    parseGeneration,
    parseLink,
    parseEvent,
    unitOf,
    (text: string) => commandWords(['', '', text]),
  ])
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
