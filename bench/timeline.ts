// Makes docs/drift.svg from a real run on a throw-away host: three ways to undo the rules, and what the daemon did when.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createLab, labEnv, type Lab } from '../test/lab/lab.js'
import { timelineSvg, type Strip } from './timeline-svg.js'

const rule = 'DOCKER-USER -d 169.254.169.254/32 -i docker+ -m comment --comment taskfence-imds-bridge -j DROP'
const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const key = '/proc/sys/net/ipv4/conf/all/route_localnet'

const wait = (ms: number) => new Promise(done => setTimeout(done, ms))

/** Lines of a program on the host, each with the time at which it came. */
function listen(on: Lab, argv: readonly string[], stream: 'stdout' | 'stderr') {
  const [file = '', ...args] = on.enter(argv)
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], env: labEnv })
  const heard: { readonly at: number; readonly line: string }[] = []
  createInterface({ input: child[stream] }).on('line', line => heard.push({ at: Date.now(), line }))
  return heard
}

const lab = await createLab()
try {
  await lab.must([process.execPath, resolve('dist/taskfence.js'), 'apply'])
  const log = listen(
    lab,
    [process.execPath, resolve('dist/taskfence.js'), 'watch', '--log-level', 'debug'],
    'stderr',
  )
  const kernel = listen(lab, ['nft', 'monitor'], 'stdout')
  await wait(5000)

  const strips: Strip[] = []
  for (const [name, argv, input] of [
    ['iptables -D DOCKER-USER …', ['iptables', '-D', ...rule.split(' ')], ''],
    ['sysctl route_localnet=0', ['tee', key], '0\n'],
    ['nft flush ruleset', ['nft', 'flush', 'ruleset'], ''],
  ] as const) {
    const agent = lab.agent('docker0')
    await agent.ask({ op: 'storm', name: 'metadata', url: metadata, everyMs: 2 })
    const from = { log: log.length, kernel: kernel.length }
    await lab.must(argv, { input })
    await wait(5000)
    const { asked, answered } = await agent.ask({ op: 'calm', name: 'metadata' })
    strips.push(stripOf(name, log.slice(from.log), kernel.slice(from.kernel), { asked, answered }))
  }
  writeFileSync('docs/drift.svg', timelineSvg(strips))
} finally {
  await lab.dispose()
}
process.exit(0)

type Heard = ReturnType<typeof listen>

/** The daemon's log tells when a look ended and how long it took; a repair, how long ago its reason came. */
function stripOf(name: string, log: Heard, kernel: Heard, requests: Strip['requests']): Strip {
  const told = log.map(({ line }) => ({ line, at: Date.parse(line.slice(0, 24)) }))
  const repairs = told.filter(({ line }) => / info repaired /.test(line))
  const looks = told.flatMap(({ line, at }) => {
    const ms = Number(/ looked .*\bms=(\d+)/.exec(line)?.[1] ?? Number.NaN)
    return Number.isNaN(ms) ? [] : [{ from: at - ms, to: at }]
  })
  const change = kernel.find(({ line }) => /^delete /.test(line))?.at
  const stood = Number(/ ms=(\d+)/.exec(repairs[0]?.line ?? '')?.[1])
  const begun = Math.min(change ?? Infinity, (repairs[0]?.at ?? 0) - stood)
  const back = kernel.find(({ line, at }) => at > begun && /^(add|insert) rule/.test(line))?.at
  return {
    name,
    looks: looks.map(({ from, to }) => ({ from: from - begun, to: to - begun })),
    back: back === undefined ? null : back - begun,
    repaired: (repairs[0]?.at ?? Number.NaN) - begun,
    entries: repairs.length,
    who: /pid=\d+ command="?([^"]*?)"?(?: unit=| ms=)/.exec(repairs[0]?.line ?? '')?.[1] ?? null,
    requests,
  }
}
