import { posix } from 'node:path'
import type { Source } from './source.js'

/** What a folder's files may import, its own files apart: folders, single files, packages, "node:*". */
type Allowed = Readonly<Record<string, readonly string[]>>

/** The most exact name wins. A folder without a row may not be. */
export const mayImport: Allowed = {
  model: [],
  netfilter: ['model'],
  windows: ['model'],
  'ecs-config': ['model'],
  'host/host.ts': ['model'],
  host: ['model', 'execa', 'node:*'],
  look: ['model', 'netfilter', 'host/host.ts'],
  detect: [
    'model',
    'netfilter',
    'windows',
    'ecs-config',
    'host/host.ts',
    'look/look.ts',
    'look/iptables-save.ts',
    'look/nft-overview.ts',
  ],
  resources: [
    ...['model', 'netfilter', 'windows', 'ecs-config', 'host/host.ts', 'look/look.ts', 'look/read-nft.ts'],
  ],
  claims: ['model', 'netfilter', 'ecs-config', 'look/look.ts'],
  // The fence's file is the transaction that apply makes.
  platforms: ['model', 'host/host.ts', 'resources/fence-file-text.ts'],
  triggers: ['model', 'host/host.ts', 'host/signals.ts', 'node-cron'],
  controls: ['model', 'netfilter', 'ecs-config', 'resources/fence-table.ts', 'platforms/platform.ts'],
  engine: [
    'model',
    'netfilter',
    'host/host.ts',
    'look',
    'platforms',
    'detect/index.ts',
    'detect/rules.ts',
    'resources/index.ts',
    'claims/index.ts',
    'controls/index.ts',
    'controls/control.ts',
    'triggers/trigger.ts',
  ],
  // Asks with packets what the engine asks of the rules, beside it.
  prove: [
    'model',
    'netfilter',
    'host/host.ts',
    'look/look.ts',
    'platforms',
    'resources/fence-table.ts',
    'claims/index.ts',
    'controls',
    'engine/notes.ts',
    'engine/survey.ts',
    'node:net',
    'node:readline',
    'node:stream',
  ],
  report: ['model'],
  iam: ['model'],
  cli: [
    ...[
      'model',
      'netfilter',
      'windows',
      'host',
      'look',
      'detect',
      'resources',
      'claims',
      'platforms',
      'controls',
      'prove',
      'triggers',
    ],
    ...[
      'engine',
      'report',
      'iam',
      'node:*',
      'yargs',
      'winston',
      'zod',
      'jsonc-parser',
      'fastest-levenshtein',
    ],
  ],
}

/** One package, one home. */
export const homes: Readonly<Record<string, string>> = {
  execa: 'src/host/',
  winston: 'src/cli/logger.ts',
  'node-cron': 'src/triggers/schedule.ts',
  yargs: 'src/cli/',
  zod: 'src/cli/policy/',
  'jsonc-parser': 'src/cli/',
  'fastest-levenshtein': 'src/cli/',
}

const mayUseProcess = /^src\/(cli\/|host\/node-)/
const longest = 200
const shells = new Set(['sh', 'bash', 'dash', 'zsh', '/bin/sh', '/bin/bash', '/usr/bin/env', 'cmd.exe'])

/** What the architecture has against a file, each with the rule that says so. */
export function complaints(source: Source): readonly string[] {
  return [
    ...source.imports.flatMap(specifier => importComplaint(source.path, specifier) ?? []),
    ...(source.globals.includes('process') && !mayUseProcess.test(source.path)
      ? ['uses process: only src/cli and src/host/node-*.ts may']
      : []),
    ...(source.globals.includes('console') ? ['uses console: the logger is in src/cli/logger.ts'] : []),
    ...(source.properties.includes('shell') ? ['sets shell: every command is an argv'] : []),
    ...source.texts
      .filter(text => shells.has(text))
      .map(text => `names the shell "${text}": every command is an argv`),
    ...(source.lines > longest
      ? [`has ${source.lines} lines: past ${longest} a file usually holds two rooms`]
      : []),
  ].map(complaint => `${source.path} ${complaint}`)
}

function importComplaint(path: string, specifier: string): string | null {
  const row = rowOf(path)
  if (row === null) return `is in a folder without a row in the table of imports`
  const target = specifier.startsWith('.') ? fileOf(path, specifier) : packageOf(specifier)
  if (target === '../package.json' && path.startsWith('src/cli/')) return null
  if (target.startsWith('..')) return `imports ${specifier}, which is outside src`
  const home = homes[target]
  if (home !== undefined && !path.startsWith(home)) return `imports ${target}, whose only home is ${home}`
  if (row.allowed.some(allowed => covers(allowed, target))) return null
  if (specifier.startsWith('.') && folderOf(target) === folderOf(inSrc(path))) return null
  return `imports ${target}: ${row.name} may import ${row.allowed.join(', ') || 'nothing'}`
}

function rowOf(path: string): { readonly name: string; readonly allowed: readonly string[] } | null {
  const name = [inSrc(path), folderOf(inSrc(path))].find(candidate => candidate in mayImport)
  return name === undefined ? null : { name, allowed: mayImport[name] ?? [] }
}

function covers(allowed: string, target: string): boolean {
  if (allowed === 'node:*') return target.startsWith('node:')
  return allowed === target || (!allowed.includes(':') && target.startsWith(`${allowed}/`))
}

const inSrc = (path: string): string => path.replace(/^src\//, '')
const folderOf = (file: string): string => file.split('/')[0] ?? ''
const fileOf = (from: string, specifier: string): string =>
  posix.relative('src', posix.join(posix.dirname(from), specifier)).replace(/\.js$/, '.ts')
const packageOf = (specifier: string): string =>
  specifier.startsWith('node:')
    ? specifier
    : specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
