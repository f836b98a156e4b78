import { ParseError } from '../model/errors.js'
import type { IptablesRule, State } from '../model/resource.js'
import type { IptablesLine, IptablesTable } from '../netfilter/iptables-table.js'
import { parseLine, sameRule } from '../netfilter/parse-iptables.js'
import { blockerOf } from '../netfilter/position.js'
import type { Write } from './kind.js'

export interface RuleState {
  readonly words: State
  /** Copies that carry our tag. */
  readonly ours: readonly IptablesLine[]
  /** Exceptions of ours that nobody wants any more. */
  readonly outdated: readonly IptablesLine[]
}

/** How a rule stands in its chain. */
export function stateIn(table: IptablesTable, rule: IptablesRule): RuleState {
  const lines = table.chains.get(rule.chain)?.lines ?? []
  const tokens = [...rule.match, ...rule.target]
  const copies = lines.flatMap((line, index) => (sameRule(line.tokens, tokens) ? [{ line, index }] : []))
  const ours = copies.flatMap(({ line }) => (line.comment === rule.tag ? [line] : []))
  const outdated = lines.filter(line => isOutdated(line, rule))
  const [first] = copies
  const words = first === undefined ? null : wordsFor(table, rule, first.line, ours.length, outdated[0])
  return { words, ours, outdated }
}

function wordsFor(
  table: IptablesTable,
  rule: IptablesRule,
  line: IptablesLine,
  ours: number,
  outdated: IptablesLine | undefined,
): string {
  if (ours > 1) return `duplicated: ${ours} copies of ours`
  if (outdated !== undefined) return `with an outdated exception: ${outdated.text}`
  const blocker = rule.position === 'head' ? blockerBefore(table, rule, line) : null
  return blocker === null ? 'present' : `misplaced: behind ${blocker.text}`
}

/** An allowance that the policy no longer has would leave its hole in the drop. */
const isOutdated = (line: IptablesLine, rule: IptablesRule): boolean =>
  rule.target.includes('DROP') &&
  line.comment === rule.tag &&
  exception.has(line.rule.action.kind) &&
  !(rule.exceptions ?? []).some(tokens => sameRule(line.tokens, tokens))

/**
 * What we wrote ourselves stands together on purpose; only a drop of ours may not come before its own exceptions. An
 * exception that gives a packet back to others leaves it to their drops.
 */
function blockerBefore(table: IptablesTable, rule: IptablesRule, line: IptablesLine): IptablesLine | null {
  const chain = table.chains.get(rule.chain)
  if (chain === undefined) return null
  const { kind } = line.rule.action
  const lines = chain.lines.filter(other => {
    if (other === line) return true
    if (other.comment?.startsWith('taskfence-') !== true) return kind !== 'return'
    return kind !== 'drop' && other.comment === rule.tag && other.rule.action.kind === 'drop'
  })
  const seen = { ...table, chains: new Map(table.chains).set(rule.chain, { ...chain, lines }) }
  return blockerOf(seen, rule.chain, {
    index: lines.indexOf(line),
    end: kind === 'return' || kind === 'accept' ? 'accept' : 'drop',
    ...(rule.about !== undefined && { packets: parseLine('', rule.about, rule.family).rule.conditions }),
  })
}

/** The lines of iptables-restore that carry the writes out; none where all stands. */
export function transaction(now: IptablesTable, writes: readonly Write<IptablesRule>[]): readonly string[] {
  const lines = writes.flatMap(write => linesFor(now, write))
  const reopened = writes.flatMap(({ resource, state }) =>
    state !== null && lines.length > 0 ? exceptionsAbove(now, resource, writes) : [],
  )
  return [...lines, ...new Set(reopened)]
}

function linesFor(now: IptablesTable, { resource, state }: Write<IptablesRule>): readonly string[] {
  const found = stateIn(now, resource)
  if (state === found.words) return []
  if (state !== 'present' && state !== null)
    throw new ParseError('wanted state of a rule', state, 'only "present" can be written')
  const deletes = [...found.ours, ...found.outdated].map(line => line.text.replace(/^-A/, '-D'))
  if (state === null) return deletes
  const text = [...resource.match, '-m', 'comment', '--comment', resource.tag, ...resource.target].join(' ')
  return [...deletes, `${resource.position === 'head' ? '-I' : '-A'} ${resource.chain} ${text}`]
}

/** A drop that goes to the head of its chain comes to stand above our own exceptions, which go above it again. */
function exceptionsAbove(
  now: IptablesTable,
  placed: IptablesRule,
  writes: readonly Write<IptablesRule>[],
): readonly string[] {
  if (!placed.target.includes('DROP')) return []
  const written = ({ tokens }: IptablesLine) =>
    writes.some(({ resource }) => sameRule(tokens, [...resource.match, ...resource.target]))
  return (now.chains.get(placed.chain)?.lines ?? [])
    .filter(
      line =>
        line.comment === placed.tag &&
        exception.has(line.rule.action.kind) &&
        !isOutdated(line, placed) &&
        !written(line),
    )
    .flatMap(({ text }) => [text.replace(/^-A/, '-D'), text.replace(/^-A/, '-I')])
}

const exception: ReadonlySet<string> = new Set(['return', 'accept'])
