import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import t from 'tap'
import { policyOf } from '../fakes/machine.js'
import type { Context, Control } from '../../src/controls/control.js'
import { readPage } from './markdown.js'

const page = readPage(readFileSync('CONTRIBUTING.md', 'utf8'))

// The control that CONTRIBUTING.md adds step by step, as if it stood in src/controls.

const [example] = page.blocks.filter(block => block.language === 'ts')
const { outputFiles } = await build({
  stdin: { contents: example?.text ?? '', resolveDir: 'src/controls', loader: 'ts' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
})
const module = (await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.text ?? '').toString('base64')}`
)) as Readonly<Record<string, Control>>
const [control] = Object.values(module)

const facts: Context['facts'] = {
  os: { family: 'linux', id: 'amzn', idLike: [], versionId: '2023', prettyName: 'Amazon Linux 2023' },
  kernel: { release: '6.1', ipv6: true },
  iptables: null,
  boot: null,
  nft: { version: '1.0.4', usable: true, expressions: [] },
  network: {
    interfaces: [
      {
        name: 'ens5',
        kind: 'ethernet',
        up: true,
        master: null,
        mac: null,
        addresses: [{ family: 'ipv4', address: '10.0.1.17', prefix: 24 }],
      },
    ],
    routes: { ipv4: [], ipv6: [] },
    defaultRoutes: { ipv4: ['ens5'], ipv6: [] },
    metadataIsResolver: false,
  },
  docker: null,
  agent: null,
  agentConfig: null,
  tasks: null,
  cgroups: null,
  rules: null,
  unknown: {},
}
const context = (nft: Context['facts']['nft']) =>
  ({
    facts: { ...facts, nft },
    policy: policyOf(),
    mode: 'enforce',
  }) as unknown as Context

for (const [name, nft, kinds] of [
  ['a rule of the fence, with its chain', facts.nft, ['fence-chain', 'fence-rule']],
  ['a literal rule where nft is missing', null, ['iptables-rule']],
] as const)
  t.same([...new Set(control?.desire(context(nft)).map(({ resource }) => resource.kind))], kinds, name)

t.same(
  control
    ?.claims(context(facts.nft))
    .map(claim => claim.kind === 'packet' && [claim.to, claim.port, claim.fate]),
  [['10.0.1.17', 2375, 'dropped']],
  'it promises something',
)
