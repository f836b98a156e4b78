import type { Backend, NftExpression } from '../model/facts.js'

/** What an image cannot be asked: what its iptables writes to, and what its kernel and nft surely take. */
export interface Release {
  readonly backend: Backend
  readonly expressions: readonly NftExpression[]
}

/** `meta iifkind` needs Linux 5.6 and nft 0.9.4; older releases may lack it. */
export const withoutKinds: readonly NftExpression[] = ['fib', 'ct-direction']
export const current: Release = { backend: 'nf_tables', expressions: [...withoutKinds, 'iifkind'] }

/** "2" is 2 and 2.1, and not 20. */
export const isRelease = (versionId: string, ...releases: readonly string[]): boolean =>
  releases.some(release => versionId === release || versionId.startsWith(`${release}.`))
