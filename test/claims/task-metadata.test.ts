import t, { type Test } from 'tap'
import { prove } from '../../src/claims/index.js'
import type { Host } from '../../src/host/host.js'
import { createLook } from '../../src/look/create-look.js'
import type { IpFamily } from '../../src/model/facts.js'
import { factsOf } from '../fakes/machine.js'
import { createLab } from '../lab/lab.js'
import { labHost } from '../lab/lab-host.js'
import { missingTools } from '../lab/tools.js'

const missing = missingTools()
const skip = missing.length > 0 && `NOT TESTED in real namespaces: ${missing.join(', ')} not installed`

/** The namespace of a pause container: an interface, and routes as the agent's plugins leave them. */
const plugged = [
  'ip link set lo up',
  'ip link add eth0 type dummy 2>/dev/null || ip link add eth0 type bridge',
  'ip link set eth0 up',
  'ip address add 10.0.1.9/24 dev eth0',
  'ip route add default via 10.0.1.1',
]
const ipv6 = ['ip address add 2001:db8:1::9/64 dev eth0 nodad', 'ip -6 route add default via 2001:db8:1::1']
const hole4 = 'ip route add blackhole 169.254.169.254/32'
const hole6 = 'ip -6 route add blackhole fd00:ec2::254/128'

const both: readonly IpFamily[] = ['ipv4', 'ipv6']

const namespaces: readonly (readonly [
  name: string,
  commands: readonly string[],
  families: readonly IpFamily[],
  holds: boolean | null,
  why: RegExp,
])[] = [
  [
    'blocked by the agent',
    [...plugged, ...ipv6, hole4, hole6],
    both,
    true,
    /^169\.254\.169\.254: blackhole; fd00:ec2::254: blackhole$/,
  ],
  ['open', [...plugged, ...ipv6], both, false, /^a route leads to 169\.254\.169\.254 and fd00:ec2::254:/],
  [
    'blocked by an agent before 1.69.0',
    [...plugged, ...ipv6, hole4],
    both,
    false,
    /^a route leads to fd00:ec2::254: started without/,
  ],
  ['the same, where IPv6 is not promised', [...plugged, ...ipv6, hole4], ['ipv4'], true, /blackhole$/],
  ['a task without IPv6', [...plugged, hole4], both, true, /fd00:ec2::254: no route$/],
  [
    'a task without IPv4',
    [...plugged.slice(0, 3), ...ipv6, hole6],
    both,
    true,
    /^169\.254\.169\.254: no route;/,
  ],
  [
    'a blackhole that a better route goes round',
    [...plugged, 'ip route add blackhole 169.254.0.0/16', 'ip route add 169.254.169.254/32 dev eth0'],
    ['ipv4'],
    false,
    /^a route leads to 169\.254\.169\.254/,
  ],
  [
    'a rule that asks another table first',
    [...plugged, hole4, 'ip route add 169.254.169.254/32 dev eth0 table 7', 'ip rule add pref 5 table 7'],
    ['ipv4'],
    false,
    /^a route leads to/,
  ],
  ['prohibit', [...plugged, 'ip route add prohibit 169.254.169.254'], ['ipv4'], true, /prohibit$/],
  ['unreachable', [...plugged, 'ip route add unreachable 169.254.169.254'], ['ipv4'], true, /unreachable$/],
  ['no network at all', ['true'], both, true, /no route; fd00:ec2::254: no route$/],
  [
    'IPv6 turned off in it',
    [...plugged, hole4, 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6'],
    both,
    true,
    /no route$/,
  ],
]

t.test('a running task, by what its own namespace says', { skip }, async t => {
  const host = await labOf(t)
  const proven = (families: readonly IpFamily[], namespacePid: number | null) =>
    prove(
      { kind: 'task-metadata', task: 'arn:…', name: 'web:1', families, namespacePid },
      createLook(host, factsOf()),
    )
  for (const [name, commands, families, holds, why] of namespaces) {
    const pause = await pauseContainer(host, commands)
    const proof = await proven(families, pause.pid)
    t.equal(proof.holds, holds, `${name}: ${proof.because ?? ''}`)
    t.match(proof.because ?? proof.evidence, why, name)
    await pause.stop()
    t.match(await proven(families, pause.pid), { holds: null, because: /has ended$/ }, `${name}: gone`)
  }
  t.match(await proven(both, null), { holds: null, because: /was not told/ })
  t.match(await proven(both, 1), { holds: null, because: /process 1 has the host's network/ })
})

const strange: readonly (readonly [behaviour: string, script: string, answer: object])[] = [
  ['nsenter is not allowed', 'echo "reassociate to namespace failed" >&2; exit 1', { code: 'E_COMMAND' }],
  [
    'the kernel says what nobody knows',
    String.raw`printf 'RTNETLINK answers: Odd\nCommand failed -:1\nRTNETLINK answers: Odd\nCommand failed -:2\n' >&2; exit 1`,
    { holds: null, because: /169\.254\.169\.254: Odd; fd00:ec2::254: Odd/ },
  ],
  ['half an answer', 'echo "169.254.169.254 dev eth0"', { code: 'E_COMMAND' }],
]

t.test('what cannot be read is said', { skip }, async t => {
  const host = await labOf(t)
  const pause = await pauseContainer(host, [...plugged, hole4])
  for (const [behaviour, script, answer] of strange) {
    await host.files.write('/run/lab/bin/nsenter', `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    const look = createLook(host, factsOf())
    const claim = { kind: 'task-metadata', task: 'arn:…', name: 'web:1', families: both } as const
    const told = await prove({ ...claim, namespacePid: pause.pid }, look).catch((error: unknown) => error)
    t.match(told, answer, behaviour)
  }
  await pause.stop()
})

t.test('a task that ends while it is asked', { skip }, async t => {
  const host = await labOf(t)
  const pause = await pauseContainer(host, [...plugged, hole4])
  await host.files.write('/run/lab/bin/nsenter', `#!/bin/sh\nkill -9 ${pause.pid}; exit 1\n`, { mode: 0o755 })
  const claim = { kind: 'task-metadata', task: 'arn:…', name: 'web:1', families: both } as const
  const told = await prove({ ...claim, namespacePid: pause.pid }, createLook(host, factsOf()))
  t.match(told, { holds: null, because: /has ended$/ })
  await pause.stop()
})

async function labOf(t: Test): Promise<Host> {
  const lab = await createLab({ docker: 'none', bridges: [] })
  t.teardown(() => lab.dispose())
  return labHost(lab)
}

/** A process that holds a namespace, by its number in the lab. */
async function pauseContainer(host: Host, commands: readonly string[]) {
  const script = `${commands.join('\n')}\necho $$\nexec cat`
  const child = await host.start({ file: 'unshare', args: ['--net', 'sh', '-ec', script] })
  const pid = Number(await child.line(5000))
  return { pid, stop: () => child.stop() }
}
