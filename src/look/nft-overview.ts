import type { Host } from '../host/host.js'
import type { CommandResult } from '../model/command.js'
import { nftLines } from './nft-lines.js'

/** What `nft -j` answers to `list chains`, and to `list table inet taskfence`. Reject as Host.run does. */
export interface NftOverview {
  chains(): Promise<CommandResult>
  fence(): Promise<CommandResult>
}

const chains = ['list', 'chains']
const fence = ['list', 'table', 'inet', 'taskfence']

const inOne = {
  ...nftLines(['-j'], [chains.join(' '), fence.join(' ')]),
  withoutErrors: true,
  timeoutMs: 3000,
}
const nothing: CommandResult = { exitCode: 1, stdout: '', stderr: '' }

/** Both from one process where the fence stands and nft reads lines. Reads only; never rejects itself. */
export async function nftOverview(host: Host): Promise<NftOverview> {
  const both = await host.run(inOne).catch(() => nothing)
  const told = (stdout: string) => () => Promise.resolve({ ...both, stdout })
  if (both.exitCode === 127) return { chains: told(''), fence: told('') }
  // Built with readline it repeats the lines that it is given.
  const [first, second, ...more] = both.stdout.split('\n').filter(line => line.startsWith('{'))
  if (both.exitCode === 0 && first !== undefined && second !== undefined && more.length === 0)
    return { chains: told(first), fence: told(second) }
  // One of them failed, or it was built to read no lines, or waits for more: asked alone, each tells for itself.
  const alone = (words: readonly string[]) => () => host.run({ file: 'nft', args: ['-j', ...words] })
  return { chains: alone(chains), fence: alone(fence) }
}
