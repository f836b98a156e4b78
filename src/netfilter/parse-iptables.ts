import { ParseError } from '../model/errors.js'
import type { IpFamily, Table } from '../model/facts.js'
import { parseAction } from './iptables-action.js'
import { parseConditions } from './iptables-conditions.js'
import type { IptablesChainText, IptablesLine, IptablesTable } from './iptables-table.js'
import { splitLines } from './split-args.js'
import { takeComment } from './take-comment.js'

export { iptablesBaseChains } from './iptables-hooks.js'
export { sameRule } from './same-rule.js'
export { splitArgs } from './split-args.js'

/**
 * Reads what `iptables -S` prints of a whole table. Any rule is read: what is not known in it becomes an unknown
 * condition or action. ParseError: the text is not of `iptables -S`, or says that it leaves rules out.
 */
export function parseIptables(text: string, family: IpFamily, table: Table): IptablesTable {
  const source = `${family === 'ipv4' ? 'iptables' : 'ip6tables'} -t ${table} -S`
  const chains = new Map<string, { policy: IptablesChainText['policy']; lines: IptablesLine[] }>()
  let hidesChains = false
  for (const { text: line, args } of splitLines(text, source)) {
    const [word, chain = '', ...rest] = args
    if (line.startsWith('#')) {
      if (refusal.test(line)) throw new ParseError(source, line, 'iptables cannot print this table')
      hidesChains ||= hiding.test(line)
    } else if (word === '-P' && isPolicy(rest[0])) {
      chains.set(chain, { policy: rest[0], lines: [] })
    } else if (word === '-N' && chain !== '') {
      chains.set(chain, { policy: null, lines: [] })
    } else if (word === '-A' && chains.has(chain)) {
      chains.get(chain)?.lines.push(parseLine(line, rest, family))
    } else if (word !== undefined) {
      throw new ParseError(source, line, 'not a line of iptables -S')
    }
  }
  return { family, table, chains, ...(hidesChains && { hidesChains }) }
}

// Both are printed to standard output, with exit code 0.
const refusal = /^# Table `.*' is incompatible/
const hiding = /^# Table `.*' contains incompatible base-chains/

const isPolicy = (word: string | undefined): word is 'ACCEPT' | 'DROP' => word === 'ACCEPT' || word === 'DROP'

/** One rule, from everything after `-A CHAIN`. */
export function parseLine(text: string, args: readonly string[], family: IpFamily): IptablesLine {
  const { tokens, comment } = takeComment(args)
  const { conditions, target } = parseConditions(tokens, family)
  return { text, tokens, comment, rule: { text, conditions, action: parseAction(target, family) } }
}
