import t from 'tap'
import { complete } from '../../src/cli/policy/defaults.js'
import { controls } from '../../src/controls/index.js'
import { reconcile } from '../../src/engine/reconcile.js'
import { survey } from '../../src/engine/survey.js'
import { factsText } from '../../src/report/facts-text.js'
import { factsJson, planJson, reportJson } from '../../src/report/json.js'
import { planText } from '../../src/report/plan-text.js'
import { reportText } from '../../src/report/text.js'
import { golden } from '../report/golden.js'
import { plain } from '../../src/report/paint.js'
import { schemaFaults } from '../report/schema.js'
import { noPowerShell, startEngine } from './engine.js'
import { scriptsIn } from './settings.js'
import { windowsHost } from './windows-host.js'
import { freshWorld, restart, workingWorld } from './world.js'

t.test('what an operator of Windows reads', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const scripts = scriptsIn(t.testdir())
  for (const [name, world] of Object.entries({
    fresh: freshWorld(),
    restarted: restart(workingWorld()),
    working: workingWorld(),
  }))
    t.test(name, async t => {
      const host = windowsHost(engine, scripts, world)
      const { facts } = await survey(host)
      const writeLock = async () => async () => undefined
      const report = await reconcile({ policy: complete({}, controls), mode: 'check', writeLock }, host)
      for (const json of [reportJson(report), planJson(report)]) t.same(schemaFaults(json), [])
      t.same(schemaFaults(factsJson(facts), 'factsOnly'), [])
      const reading = { controls, paint: plain, width: 100, only: [], again: '' }
      const text = [factsText(facts, plain, 100), planText(report, reading), reportText(report, reading)]
      golden(t, `windows-${name}.txt`, text.join('\n--------\n\n'))
    })
})
