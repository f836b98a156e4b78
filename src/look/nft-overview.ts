import type { Host } from '../host/host.js'
import type { CommandResult } from '../model/command.js'
import { heldFences } from '../model/resource.js'
import { nftLines } from './nft-lines.js'

/** What `nft -j` answers to `list chains`, and to `list table inet taskfence`. Reject as Host.run does. */
export interface NftOverview {
  chains(): Promise<CommandResult>
  fence(): Promise<CommandResult>
  /** What it answers of a table of family inet that the daemon holds; undefined: it was not told. */
  held(table: string): CommandResult | undefined
}

const chains = ['list', 'chains']
const fence = ['list', 'table', 'inet', 'taskfence']

const held = Object.values(heldFences).map(table => `list table inet ${table}`)

const inOne = {
  ...nftLines(['-j'], [chains.join(' '), fence.join(' '), ...held]),
  withoutErrors: true,
  timeoutMs: 3000,
}
const nothing: CommandResult = { exitCode: 1, stdout: '', stderr: '' }

/** All from one process where the fence stands and nft reads lines. Reads only; never rejects itself. */
export async function nftOverview(host: Host): Promise<NftOverview> {
  const all = await host.run(inOne).catch(() => nothing)
  const told = (stdout: string) => () => Promise.resolve({ ...all, stdout })
  const holds = (table: string) => {
    const line = more.find(text => nameIn(text) === table)
    return line === undefined ? undefined : { ...all, stdout: line }
  }
  // Built with readline it repeats the lines that it is given. A table that is not there is passed over.
  const [first, second, ...more] = all.stdout.split('\n').filter(line => line.startsWith('{'))
  if (all.exitCode === 127) return { chains: told(''), fence: told(''), held: holds }
  const isFence = second !== undefined && [undefined, 'taskfence'].includes(nameIn(second))
  if (all.exitCode === 0 && first !== undefined && isFence && more.every(isHeld))
    return { chains: told(first), fence: told(second), held: holds }
  // One of them failed, or it was built to read no lines, or waits for more: asked alone, each tells for itself.
  const alone = (words: readonly string[]) => () => host.run({ file: 'nft', args: ['-j', ...words] })
  return { chains: alone(chains), fence: alone(fence), held: () => undefined }
}

/** The table that a list is about. */
const nameIn = (json: string): string | undefined =>
  /\{"table": *\{"family": *"inet", *"name": *"([^"]+)"/.exec(json)?.[1]

const isHeld = (json: string): boolean => Object.values(heldFences).some(table => table === nameIn(json))
