import type { Host } from '../host/host.js'
import { nftOverview } from '../look/nft-overview.js'
import { nftExpressions, type NftExpression, type NftFacts } from '../model/facts.js'
import type { Found } from './found.js'

/**
 * null: not installed. A fence that stands shows what the kernel takes; what it does not show is asked with `nft -c`,
 * whose transaction is never committed.
 */
export async function detectNft(host: Host): Promise<Found<NftFacts | null>> {
  const standing = await (await nftOverview(host)).fence()
  if (standing.exitCode === 127) return { fact: null }
  const shown = versionIn(standing.stdout)
  if (shown !== undefined && nftExpressions.every(expression => standing.stdout.includes(signOf[expression])))
    return { fact: { version: shown, usable: true, expressions: nftExpressions } }
  return { fact: await askKernel(host) }
}

/** Every JSON answer of nft opens with {"metainfo": {"version": "1.0.6", …}}. */
const versionIn = (json: string): string | undefined =>
  /^\{"nftables": *\[\{"metainfo": *\{"version": *"([^"]+)"/.exec(json)?.[1]

const signOf: Readonly<Record<NftExpression, string>> = {
  iifkind: '"iifkind"',
  fib: '"fib"',
  'ct-direction': '"direction"',
}

async function askKernel(host: Host): Promise<NftFacts> {
  const [version, everything] = await Promise.all([
    host.run({ file: 'nft', args: ['--version'] }),
    tryOut(host, nftExpressions),
  ])
  const named = /v(\d+(?:\.\d+)+)/.exec(version.stdout)?.[1] ?? 'unknown'
  if (everything === null) return { version: named, usable: true, expressions: nftExpressions }

  const bare = await tryOut(host, [])
  if (bare !== null) return { version: named, usable: false, expressions: [], because: bare }
  const missing = await Promise.all(
    nftExpressions.map(async expression => ({ expression, because: await tryOut(host, [expression]) })),
  )
  return {
    version: named,
    usable: true,
    expressions: missing.filter(({ because }) => because === null).map(({ expression }) => expression),
    because: missing.flatMap(({ because }) => because ?? []).join('; '),
  }
}

const ruleOf: Readonly<Record<NftExpression, string>> = {
  iifkind: 'meta iifkind != "bridge"',
  fib: 'fib daddr . iif oif exists',
  'ct-direction': 'ct direction original',
}

/** null when the kernel takes a table with these expressions; else why it does not, in nft's words. */
async function tryOut(host: Host, expressions: readonly NftExpression[]): Promise<string | null> {
  const rules = [
    'iifname != "lo" ip daddr 127.0.0.0/8',
    'ip6 daddr fd00:ec2::254',
    ...expressions.map(expression => ruleOf[expression]),
  ]
  const input = [
    'add table inet taskfence_probe',
    'add counter inet taskfence_probe probe',
    'add chain inet taskfence_probe probe { type filter hook prerouting priority -310; policy accept; }',
    ...rules.map(
      rule => `add rule inet taskfence_probe probe ${rule} counter name "probe" drop comment "probe"`,
    ),
    '',
  ].join('\n')
  const result = await host.run({ file: 'nft', args: ['-c', '-f', '-'], input })
  if (result.exitCode === 0) return null
  return result.stderr.trim().split('\n')[0] || `nft -c ended with exit code ${result.exitCode}`
}
