import { CommandError } from '../model/errors.js'
import type { State } from '../model/resource.js'
import type { IptablesTableItself } from '../model/trace.js'
import type { NftTable } from '../netfilter/nft-table.js'
import { readNft, tableOf } from '../look/read-nft.js'
import { programs } from './iptables-transact.js'
import type { ResourceKind } from './kind.js'

/** iptables-nft makes a table and its base chains for the first rule, and leaves them behind with the last. */
export const iptablesTable: ResourceKind<IptablesTableItself> = {
  id: ({ family, table }) => `${programs[family].list} ${table} table`,

  async read({ family, table }, look, wanted) {
    const standing = await tableOf(look, nftFamily[family], table)
    if (standing === null) return null
    return removable(standing, wanted) === null ? wanted : chainsOf(standing) || 'no chain'
  },

  /** A chain that has come to hold a rule keeps the kernel from all of it. */
  async write(writes, host) {
    for (const { resource, state } of writes) {
      const family = nftFamily[resource.family]
      const standing = await readNft(host, family, resource.table)
      if (standing === null) continue
      const name = `${family} ${resource.table}`
      const lines = removable(standing, state)?.map(chain => `delete chain ${name} ${chain}`)
      if (lines === undefined) continue
      const input = [...lines, ...(state === null ? [`delete table ${name}`] : []), ''].join('\n')
      const command = { file: 'nft', args: ['-f', '-'], input }
      const result = await host.run(command)
      if (result.exitCode !== 0) throw new CommandError(command, result)
    }
  },
}

const nftFamily = { ipv4: 'ip', ipv6: 'ip6' } as const

const chainsOf = ({ baseChains }: NftTable): string =>
  baseChains
    .map(({ name }) => name)
    .sort()
    .join(' ')

/** Empty base chains that were not there, null: nothing is to go; a table goes whole or stays. */
function removable({ rules, chains, baseChains }: NftTable, wanted: State): readonly string[] | null {
  const before = wanted?.split(' ') ?? []
  const empty = baseChains.filter(
    ({ name, policy }) =>
      policy === 'accept' && !before.includes(name) && !rules.some(({ chain }) => chain === name),
  )
  const stays = wanted === null ? empty.length < chains.length : empty.length === 0
  return stays ? null : empty.map(({ name }) => name)
}
