import type { HttpOptions } from '../lab/lab.js'
import { elsewhere } from '../lab/stand-ins.js'

/** A packet claim as a report in JSON tells it. */
export interface ToldClaim {
  readonly control: string
  readonly claim: {
    readonly kind: string
    readonly words: string
    readonly origin: {
      readonly kind: string
      readonly bridge?: string
      readonly interface?: string
      readonly hypothetical?: boolean
      readonly task?: string | null
    }
    readonly to: string
    readonly port: number
    readonly fate: 'dropped' | 'delivered'
  }
  readonly holds: boolean | null
  readonly because?: string
  readonly evidence?: string
}

export interface ToldReport {
  readonly verdict: string
  readonly claims: readonly ToldClaim[]
  readonly outcomes: readonly {
    readonly id: string
    readonly status: string
    readonly from?: string | null
    readonly to: string | null
    readonly reportOnly?: boolean
    readonly error?: unknown
  }[]
  readonly skipped: readonly { readonly control: string; readonly reason: string }[]
  readonly notes: readonly { readonly control?: string; readonly text: string }[]
}

export interface Comparison {
  readonly compared: number
  /** "could not tell" */
  readonly unknown: readonly string[]
  /** In words: what was told, and what the packet did. */
  readonly disagreements: readonly string[]
}

/** Somebody who can really send what a claim speaks of. */
export interface Sender {
  readonly name: string
  /** Its network has no IPv6: it has no address to send from. */
  readonly ipv4Only?: boolean
  /** Where a connection may stand open before anything is written. */
  readonly reaches: readonly string[]
  http(url: string, options?: HttpOptions): Promise<string>
}

export interface World {
  /** Where somebody answers neighbours for 169.254.170.2, do the answers come back through this host? */
  readonly seesAnswers: boolean
  readonly senders: readonly Sender[]
  sendersOf(told: ToldClaim): readonly Sender[]
}

/** Where the connection leads: to 127.0.0.1:51679 because of NAT, or to the address that was asked. */
interface OpenConnection {
  readonly name: string
  readonly isTranslated: boolean
}

/** By sender and address, those that are still open. */
export type OpenConnections = Map<string, readonly OpenConnection[]>

let opened = 0

/** Connections that are open before anything is written: a drop must cut those too. Only what answers is kept, beside those of `open`. */
export async function openConnections(
  { senders }: World,
  open: OpenConnections = new Map(),
): Promise<OpenConnections> {
  const wanted = senders.flatMap(sender => sender.reaches.map(url => [sender, url] as const))
  await Promise.all(
    wanted.map(async ([sender, url]) => {
      const name = `${(opened += 1)}`
      const fate = await sender.http(url, { connection: name, timeoutMs: 300 })
      const key = `${sender.name} ${url}`
      const isTranslated = url.includes('//169.254.170.2:') && fate !== `answered ${elsewhere}`
      if (fate.startsWith('answered')) open.set(key, [...(open.get(key) ?? []), { name, isTranslated }])
    }),
  )
  return open
}

/** Every packet claim beside what a real request does, on a new connection and on one that was open before. */
export async function compare(
  world: World,
  claims: readonly ToldClaim[],
  open: OpenConnections,
  timeoutMs = 500,
): Promise<Comparison> {
  const packets = claims.filter(({ claim }) => claim.kind === 'packet' && claim.origin.hypothetical !== true)
  const answers = await Promise.all(
    packets.flatMap(told =>
      world.sendersOf(told).map(async sender => ({
        told,
        sender,
        real: await fateOf(sender, told, open, timeoutMs),
      })),
    ),
  )
  const known = answers.filter(({ told }) => told.holds !== null)
  return {
    compared: known.length,
    unknown: answers
      .filter(({ told }) => told.holds === null)
      .map(({ told }) => `${told.claim.words}: ${told.because ?? ''}`),
    disagreements: known.flatMap(({ told, sender, real }) => {
      const { fate } = told.claim
      const modelled = told.holds === true ? fate : fate === 'dropped' ? 'delivered' : 'dropped'
      if (modelled === real.fate) return []
      if (real.words.startsWith('EADDRNOTAVAIL')) return []
      if (sender.ipv4Only === true && told.claim.to.includes(':')) return []
      // Who took a connection that then says nothing cannot be told.
      if (fate === 'delivered' && real.words.startsWith('connected only')) return []
      // The model may know of open connections that this lab could not open.
      const { because = '' } = told
      if (because.startsWith('a connection made before') && !real.open.some(leadsThere(told))) return []
      if (isOfOtherWorld(told, world)) return []
      return [
        `${told.claim.words} [${sender.name}]: told ${modelled} (${told.because ?? told.evidence ?? ''}), really ${real.words}`,
      ]
    }),
  }
}

/** A connection keeps the NAT it began with: has the lab one that leads to where the model says? */
const leadsThere = ({ claim: { to, port }, because = '' }: ToldClaim) => {
  const [, arrival] = /: reaches (\S+) /.exec(because) ?? []
  return ({ isTranslated }: OpenConnection): boolean =>
    arrival === (isTranslated ? '127.0.0.1:51679' : `${to}:${port}`)
}

/** The model asks about both ways that answers to a neighbour may take; in a lab they take one. */
function isOfOtherWorld({ claim: { origin, to }, because = '' }: ToldClaim, { seesAnswers }: World): boolean {
  if (origin.kind !== 'neighbour' || to !== '169.254.170.2') return false
  return because.startsWith(
    seesAnswers ? 'a connection made before, with answers that go past' : 'a connection made before:',
  )
}

async function fateOf(sender: Sender, { claim, holds }: ToldClaim, open: OpenConnections, timeoutMs: number) {
  const url = urlOf(claim.to, claim.port)
  const key = `${sender.name} ${url}`
  const connections = claim.fate === 'dropped' ? (open.get(key) ?? []) : []
  const toldDelivered = (claim.fate === 'delivered') === holds
  const ask = async (options: HttpOptions) => {
    const fate = await sender.http(url, { ...options, timeoutMs })
    // On a busy machine an answer takes its time.
    return fate === 'timed out' && toldDelivered ? sender.http(url, { ...options, timeoutMs: 2000 }) : fate
  }
  const [fresh, ...before] = await Promise.all([
    ask({}),
    ...connections.map(({ name }) => sender.http(url, { connection: name, timeoutMs: 2 * timeoutMs })),
  ])
  const answers = (index: number) => before[index]?.startsWith('answered') === true
  // A stalled connection is given up.
  if (connections.length > 0)
    open.set(
      key,
      connections.filter((_, index) => answers(index)),
    )
  // The promise of delivery names the agent; another program's answer breaks it.
  const astray = claim.fate === 'delivered' && fresh === `answered ${elsewhere}`
  const arrived = fresh.startsWith('answered') || fresh.startsWith('connected only')
  return {
    fate: !astray && (arrived || connections.some((_, index) => answers(index))) ? 'delivered' : 'dropped',
    open: connections,
    words: `${fresh}; open before: ${before.join(', ') || 'none'}`,
  } as const
}

export const urlOf = (address: string, port: number): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${port}/`

export const packetClaims = (report: ToldReport): readonly ToldClaim[] =>
  report.claims.filter(({ claim }) => claim.kind === 'packet')
