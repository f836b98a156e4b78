// Runs inside the throw-away host: looks again and again, in turn with the bare reads, and prints both medians.
import { execFile } from 'node:child_process'
import { desire } from '../src/engine/desire.js'
import { observe } from '../src/engine/observe.js'
import { proveAll } from '../src/engine/prove.js'
import { controlsFor } from '../src/engine/reconcile.js'
import { survey } from '../src/engine/survey.js'
import { nodeHost } from '../src/host/node-host.js'
import { createLook } from '../src/look/create-look.js'
import { createMemory } from '../src/look/memory.js'
import { nftLines } from '../src/look/nft-lines.js'
import type { Policy } from '../src/model/policy.js'
import { platformFor } from '../src/platforms/index.js'
import { median } from './statistics.js'

const rounds = Number(process.argv[2] ?? 15)
const host = nodeHost()
const policy: Policy = {
  controls: {},
  imdsAllow: [],
  persistence: { failClosed: false, nftablesInclude: false },
}
const { facts } = await survey(host)
const context = { facts, policy, platform: platformFor(facts.os) }
const controls = controlsFor(facts.os.family, undefined)
const memory = createMemory()

async function look(): Promise<void> {
  const now = createLook(host, facts, memory)
  // As every survey begins.
  void now.ruleset()
  const observations = await observe(desire(context, controls), now)
  const claims = await proveAll(context, controls, now)
  const drift = observations.filter(seen => 'error' in seen || seen.observed !== seen.entry.state)
  const broken = claims.filter(claim => claim.proof.holds !== true)
  if (drift.length + broken.length > 0) throw new Error(JSON.stringify({ drift, broken }))
}

/** The cheapest commands known that answer the same: what is in our table, what else hooks in, and every chain on the way. */
const chainReads = [
  ['iptables', '-w', '5', '-S', 'FORWARD'],
  ['iptables', '-w', '5', '-S', 'DOCKER-USER'],
  ['iptables', '-w', '5', '-S', 'INPUT'],
  ['iptables', '-w', '5', '-S', 'OUTPUT'],
  ['iptables', '-w', '5', '-t', 'nat', '-S', 'PREROUTING'],
  ['iptables', '-w', '5', '-t', 'nat', '-S', 'OUTPUT'],
  ['ip6tables', '-w', '5', '-S', 'FORWARD'],
  ['ip6tables', '-w', '5', '-S', 'DOCKER-USER'],
]
const tableReads = [
  ['iptables', '-w', '5', '-S'],
  ['iptables', '-w', '5', '-t', 'nat', '-S'],
  ['ip6tables', '-w', '5', '-S'],
]
/** Where nothing is crowded: every table at once, and both lists of nft. */
const wholeReads = [['iptables-save'], ['ip6tables-save']]
const nftReads = [
  ['nft', '-j', 'list', 'chains'],
  ['nft', '-j', 'list', 'table', 'inet', 'taskfence'],
]

const read = ([file = '', ...args]: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { maxBuffer: 1 << 28 }, error => {
      if (error === null) resolve()
      else reject(new Error(error.message))
    })
  })

const nftInOne = async (): Promise<void> => {
  await host.run(
    nftLines(
      ['-j'],
      nftReads.map(([, , ...words]) => words.join(' ')),
    ),
  )
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  await run()
  return Number(process.hrtime.bigint() - start) / 1e6
}

const times: Record<'look' | 'chains' | 'tables' | 'whole', number[]> = {
  look: [],
  chains: [],
  tables: [],
  whole: [],
}
// A running process has looked before.
for (let round = 0; round < 50; round++) await look()
for (let round = 0; round < rounds; round++) {
  times.look.push(await timed(look))
  times.chains.push(await timed(() => Promise.all([...nftReads, ...chainReads].map(read))))
  times.tables.push(await timed(() => Promise.all([...nftReads, ...tableReads].map(read))))
  times.whole.push(await timed(() => Promise.all([nftInOne(), ...wholeReads.map(read)])))
}
const medians = Object.entries(times).map(([what, values]) => [what, median(values)])
process.stdout.write(`${JSON.stringify(Object.fromEntries(medians))}\n`)
