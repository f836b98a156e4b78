import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'

// SECURITY.md lists every program that is run as root.

const page = readFileSync('SECURITY.md', 'utf8')
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !/windows/.test(name))
  .map(name => readFileSync(`src/${name}`, 'utf8'))
const run = new Set(
  sources.flatMap(text =>
    [...text.matchAll(/\bfile: '([a-z0-9-]+)'|\bmust\(host, \[\s*'([a-z0-9-]+)'/g)].map(
      ([, named, first]) => named ?? first ?? '',
    ),
  ),
)

t.ok(run.size > 10, 'they are found')
for (const name of run) t.match(page, new RegExp(`^\\| .*\`${name}[ \`].* \\|`, 'm'), name)
