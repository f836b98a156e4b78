import { execFileSync } from 'node:child_process'
import t from 'tap'
import { parseIptables, sameRule } from '../../src/netfilter/parse-iptables.js'
import { parseSaved } from '../../src/netfilter/parse-saved.js'
import { parseNftTables } from '../../src/netfilter/parse-nft.js'
import { dice, randomLayout } from './random-layout.js'

const canRun = process.getuid?.() === 0
if (!canRun)
  console.error('SKIPPED: rule text goes through the real kernel only as root (network namespaces)')
const skip = !canRun && 'needs root'
const ns = `tfrt${process.pid}`
const run = (args: readonly string[], input = '') =>
  execFileSync('ip', ['netns', 'exec', ns, ...args], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })

t.before(() => {
  if (canRun) execFileSync('ip', ['netns', 'add', ns])
})
t.teardown(() => {
  if (canRun) execFileSync('ip', ['netns', 'del', ns])
})

/** Printed with defaults and names that were not asked for, which counts as different. */
const defaulted = /-j REJECT$|statistic|--tcp-flags ALL /

for (const backend of ['nft', 'legacy']) {
  t.test(`what iptables-${backend} prints loads again as the same rules`, { skip }, async t => {
    for (let i = 0; i < 15; i++) {
      const lines = randomLayout(dice(900 + i)).restore.ipv4
      if (!lines.includes('*filter\n')) continue
      run([`iptables-${backend}-restore`], lines)
      const list = () => parseIptables(run([`iptables-${backend}`, '-S']), 'ipv4', 'filter')
      const first = list()
      const saved = parseSaved(run([`iptables-${backend}-save`]))
      t.strictSame(
        parseIptables(saved.get('filter') ?? '', 'ipv4', 'filter'),
        first,
        'iptables-save tells it too',
      )
      const again = [...first.chains].flatMap(([chain, { policy, lines }]) => [
        `:${chain} ${policy ?? '-'} [0:0]`,
        ...lines.map(line => line.text),
      ])
      const declared = again.filter(line => line.startsWith(':'))
      const rules = again.filter(line => !line.startsWith(':'))
      run([`iptables-${backend}-restore`], ['*filter', ...declared, ...rules, 'COMMIT', ''].join('\n'))
      const second = list()
      t.strictSame(second, first, `layout ${i}`)
      // What was asked for is found in what is printed, however it was spelled.
      const asked = lines
        .slice(lines.indexOf('*filter'))
        .split('\n')
        .filter(line => line.startsWith('-A ') && !defaulted.test(line))
      const printed = [...second.chains.values()].flatMap(chain => chain.lines)
      for (const line of asked) {
        const [found] = parseIptables(
          `-N ${line.split(' ')[1] ?? ''}\n${line}`,
          'ipv4',
          'filter',
        ).chains.values()
        const tokens = found?.lines[0]?.tokens ?? []
        t.ok(
          printed.some(other => sameRule(tokens, other.tokens)),
          line,
        )
      }
    }
  })
}

t.test('the text of a rule of nft loads again as the same text', { skip }, async t => {
  for (let i = 0; i < 40; i++) {
    const layout = randomLayout(dice(900 + i)).nft
    if (layout === null) continue
    run(['nft', '-f', '-'], `flush ruleset\n${layout}`)
    const list = () => parseNftTables(run(['nft', '-j', 'list', 'table', 'inet', 'dice']))[0]?.rules ?? []
    const first = list()
    const chains = [...new Set(first.map(rule => rule.chain))]
    const load = [
      ...chains.map(chain => `flush chain inet dice ${chain}`),
      ...first.map(rule => `add rule inet dice ${rule.chain} ${rule.text}`),
    ]
    run(['nft', '-f', '-'], `${load.join('\n')}\n`)
    const words = (rules: typeof first) => rules.map(rule => `${rule.chain}: ${rule.text}`).toSorted()
    t.strictSame(words(list()), words(first), `layout ${i}`)
  }
})
