import t from 'tap'
import type { Facts } from '../../src/model/facts.js'
import { factsJson, planJson, proveJson, reportJson } from '../../src/report/json.js'
import { golden } from './golden.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { facts } from './sample.js'
import { mustBeAsPublished, schemaFaults } from './schema.js'

t.test('every report is as the published schema says', t => {
  for (const [name, report] of Object.entries(reports)) {
    t.same(schemaFaults(reportJson(report)), [], name)
    t.same(schemaFaults(planJson(report)), [], `plan of ${name}`)
    t.same(schemaFaults(reportJson(report, prove)), [], `${name}, with packets`)
  }
  golden(t, 'report-broken.json.txt', reportJson(reports['broken'] as never))
  t.same(schemaFaults(factsJson(facts), 'factsOnly'), [], 'facts')
  t.same(schemaFaults(proveJson(prove), 'proveReport'), [], 'prove')
  t.end()
})

t.test('what is only observed says so', t => {
  const printed = JSON.parse(reportJson(reports['with-notes'] as never)) as Record<
    'outcomes' | 'claims',
    object[]
  >
  t.same(
    [...printed.outcomes, ...printed.claims].map(item => 'reportOnly' in item),
    [true, false, false, true],
  )
  t.end()
})

t.test('the schema refuses what a report must not be', t => {
  const good = JSON.parse(reportJson(reports['broken'] as never)) as Record<string, unknown>
  const [outcome, ...others] = good['outcomes'] as readonly object[]
  const [claim] = good['claims'] as readonly object[]
  for (const [name, change] of Object.entries({
    'an unknown verdict': { verdict: 'fine' },
    'a missing verdict': { verdict: undefined },
    'an unknown status': { outcomes: [{ ...outcome, status: 'ok' }, ...others] },
    'an unknown outcome without its error': { outcomes: [{ ...outcome, status: 'unknown' }] },
    'a drift that does not say from what': { outcomes: [{ ...outcome, from: undefined }] },
    'a broken claim without its reason': { claims: [{ ...claim, because: undefined }] },
    'a field nobody documented': { extra: 1 },
  }))
    t.not(schemaFaults(JSON.stringify({ ...good, ...change })).length, 0, name)
  t.end()
})

t.test('whatever fact could not be told', t => {
  const unknown = {
    ...{ kernel: 'a', iptables: 'b', nft: 'c', network: 'd', docker: 'e', agent: 'f', agentConfig: 'g' },
    ...{ tasks: 'h', boot: 'i', cgroups: 'j', rules: 'k', windows: 'l' },
  } satisfies Required<Facts['unknown']>
  t.same(schemaFaults(factsJson({ ...facts, unknown }), 'factsOnly'), [])
  const others = { ...facts, unknown: { weather: 'rain' } } as Facts
  t.not(schemaFaults(factsJson(others), 'factsOnly').length, 0, 'a name that is none')
  t.end()
})

t.test('what a test has printed as JSON is held against the schema of its command', t => {
  t.throws(() => {
    mustBeAsPublished(['check', '--format', 'json'], factsJson(facts))
  }, /taskfence check --format json: .*verdict/)
  t.throws(() => {
    mustBeAsPublished(['facts', '--format=json'], factsJson({ ...facts, rules: {} } as Facts))
  })
  mustBeAsPublished(['facts', '--format', 'json'], factsJson(facts))
  mustBeAsPublished(['check', '--format', 'junit'], '<testsuites/>')
  // An error of the run prints nothing there.
  mustBeAsPublished(['check', '--format', 'json'], '')
  t.end()
})

t.test('the verdict of a plan is about what would be written', t => {
  const cases = {
    'in-sync': 'in-sync',
    drifted: 'drifted',
    broken: 'drifted',
    unknown: 'unknown',
    'with-notes': 'in-sync',
  }
  for (const [name, verdict] of Object.entries(cases)) {
    const printed = JSON.parse(planJson(reports[name] as never)) as { readonly verdict: string }
    t.equal(printed.verdict, verdict, name)
  }
  t.end()
})
