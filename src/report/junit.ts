import type { ClaimEntry, Proof } from '../model/claim.js'
import type { ControlId } from '../model/policy.js'
import type { Probe } from '../model/prove.js'
import type { Outcome, Report } from '../model/report.js'
import { claimWords } from './claim-words.js'
import { ending } from './ending.js'
import type { Told } from './formats.js'
import { probeStanding } from './probe-standing.js'
import { differenceWords, resourceWords } from './resource-words.js'
import { standings } from './standing.js'
import { escaped } from './xml.js'

/**
 * JUnit's XML as CI systems read it: a suite a control, a case a promise and an entry. A broken promise and drift are
 * failures, what could not be told is an error, what was not asked or only observes is skipped.
 */
export function junit({ report, proven, reading }: Told): string {
  const at = report.at.toISOString().replace(/\.\d+Z$/, '')
  const shown = standings(report, reading.controls)
  const fenced: Case = { name: 'fenced', result: verdict(report, ending(report, shown, reading)) }
  const suites = together([
    ['host', [fenced, ...factCases(report.facts.unknown)]],
    ...shown.map(({ id, claims, own }) => [id, [...claims.map(claimCase), ...own.map(outcomeCase)]] as const),
    ...report.skipped.map(({ control, reason }) => [control, [skipped(reason)]] as const),
    ['packets', (proven?.probes ?? []).map(probeCase)],
  ])
  const all = suites.flatMap(([, cases]) => cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="taskfence" ${tally(all)}>`,
    ...suites.flatMap(([name, cases]) => [
      `  <testsuite name="${escaped(name)}" ${tally(cases)} skipped="${countOf(cases, 'skipped')}" timestamp="${at}">`,
      ...cases.flatMap(one => caseLines(name, one)),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

interface Case {
  readonly name: string
  readonly result:
    | { readonly kind: 'passed'; readonly why?: string | undefined }
    | { readonly kind: 'failure' | 'error'; readonly type: string; readonly why: string }
    | { readonly kind: 'skipped'; readonly why: string }
}

type Suite = readonly [name: ControlId, cases: readonly Case[]]

/** A skipped control that takes something back is one suite all the same. None is empty. */
function together(suites: readonly Suite[]): readonly Suite[] {
  const names = [...new Set(suites.map(([name]) => name))]
  return names
    .map((name): Suite => [name, suites.filter(suite => suite[0] === name).flatMap(([, cases]) => cases)])
    .filter(([, cases]) => cases.length > 0)
}

const skipped = (why: string): Case => ({ name: 'the control', result: { kind: 'skipped', why } })

function verdict(report: Report, why: string): Case['result'] {
  if (report.verdict === 'in-sync' || report.verdict === 'changed') return { kind: 'passed', why }
  return report.verdict === 'unknown'
    ? { kind: 'error', type: 'unknown', why }
    : { kind: 'failure', type: report.verdict, why }
}

const claimCase = ({ claim, proof, reportOnly }: ClaimEntry): Case => ({
  name: claimWords(claim),
  result: reportOnly === true ? observed(proof.because) : answer(proof),
})

function answer(proof: Proof): Case['result'] {
  if (proof.holds === true) return { kind: 'passed', why: proofWords(proof) }
  return proof.holds === false
    ? { kind: 'failure', type: 'broken', why: proof.because }
    : { kind: 'error', type: 'unknown', why: proof.because }
}

const proofWords = ({ because, evidence }: Proof): string =>
  [because, evidence].filter(words => words !== undefined).join('; ')

const observed = (why: string | undefined): Case['result'] => ({
  kind: 'skipped',
  why: why === undefined ? 'only observed' : `only observed: ${why}`,
})

function outcomeCase(outcome: Outcome): Case {
  const { where, what } = resourceWords(outcome.entry.resource)
  return { name: `${where} ${what}`, result: standing(outcome) }
}

function standing(outcome: Outcome): Case['result'] {
  const { entry, status } = outcome
  const change = 'from' in outcome ? differenceWords(outcome.from, entry.state) : ''
  if (entry.reportOnly === true && status !== 'in-sync') return observed(change)
  switch (status) {
    case 'in-sync':
      return { kind: 'passed' }
    case 'changed':
      return { kind: 'passed', why: change }
    case 'drifted':
      return { kind: 'failure', type: 'drifted', why: change }
    case 'pending':
      return { kind: 'failure', type: 'pending', why: `${change}: ${outcome.because}` }
    case 'failed':
      return { kind: 'failure', type: 'failed', why: outcome.error.message }
    case 'unknown':
      return { kind: 'error', type: 'unknown', why: outcome.error.message }
  }
}

/** Facts turn no control off and decide no verdict, but whoever reads the suites must see them. */
const factCases = (unknown: Readonly<Partial<Record<string, string>>>): readonly Case[] =>
  Object.entries(unknown).map(([name, why]) => ({
    name,
    result: { kind: 'skipped', why: `could not tell: ${why ?? ''}` },
  }))

function probeCase(probe: Probe): Case {
  const name = `${probe.control}: ${claimWords(probe.claim)}`
  const why = [`rules: ${proofWords(probe.model)}`, `packet: ${proofWords(probe.packet)}`].join('; ')
  if (probe.reportOnly === true) return { name, result: observed(why) }
  return { name, result: { ...ofStanding[probeStanding(probe)], why } }
}

const ofStanding = {
  proven: { kind: 'passed' },
  contradicted: { kind: 'failure', type: 'contradiction' },
  broken: { kind: 'failure', type: 'broken' },
  unknown: { kind: 'error', type: 'unknown' },
} as const

const countOf = (cases: readonly Case[], kind: Case['result']['kind']): number =>
  cases.filter(({ result }) => result.kind === kind).length

const tally = (cases: readonly Case[]): string =>
  `tests="${cases.length}" failures="${countOf(cases, 'failure')}" errors="${countOf(cases, 'error')}"`

function caseLines(suite: string, { name, result }: Case): readonly string[] {
  const open = `    <testcase classname="taskfence.${escaped(suite)}" name="${escaped(name)}"`
  const body = bodyOf(result)
  return body === undefined ? [`${open}/>`] : [`${open}>`, `      ${body}`, '    </testcase>']
}

function bodyOf(result: Case['result']): string | undefined {
  const why = escaped(result.why ?? '')
  switch (result.kind) {
    case 'passed':
      return why === '' ? undefined : `<system-out>${why}</system-out>`
    case 'skipped':
      return `<skipped>${why}</skipped>`
    case 'failure':
    case 'error':
      return `<${result.kind} type="${result.type}" message="${why}"/>`
  }
}
