import type { Host } from '../host/host.js'
import type { CommandResult } from '../model/command.js'
import { nftLines } from './nft-lines.js'

/** What `nft -j` answers to `list chains`, `list tables` and `list table inet taskfence`. Reject as Host.run does. */
export interface NftOverview {
  chains(): Promise<CommandResult>
  tables(): Promise<CommandResult>
  fence(): Promise<CommandResult>
}

const chains = ['list', 'chains']
const tables = ['list', 'tables']
const fence = ['list', 'table', 'inet', 'taskfence']

const inOne = {
  ...nftLines(
    ['-j'],
    [chains, tables, fence].map(words => words.join(' ')),
  ),
  withoutErrors: true,
  timeoutMs: 3000,
}
const nothing: CommandResult = { exitCode: 1, stdout: '', stderr: '' }

/** All from one process where the fence stands and nft reads lines. Reads only; never rejects itself. */
export async function nftOverview(host: Host): Promise<NftOverview> {
  const all = await host.run(inOne).catch(() => nothing)
  const told = (stdout: string) => () => Promise.resolve({ ...all, stdout })
  if (all.exitCode === 127) return { chains: told(''), tables: told(''), fence: told('') }
  // Built with readline it repeats the lines that it is given.
  const answers = all.stdout.split('\n').filter(line => line.startsWith('{'))
  const [listed = '', named = '', ours = ''] = answers
  if (all.exitCode === 0 && answers.length === 3)
    return { chains: told(listed), tables: told(named), fence: told(ours) }
  // One of them failed, or it was built to read no lines, or waits for more: asked alone, each tells for itself.
  const alone = (words: readonly string[]) => () => host.run({ file: 'nft', args: ['-j', ...words] })
  return { chains: alone(chains), tables: alone(tables), fence: alone(fence) }
}
