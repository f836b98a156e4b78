import type { Command } from '../command.js'
import { exitOfPlan } from '../exit.js'
import { hostOptions } from '../options.js'
import { reconciliation } from '../reconciliation.js'
import { readingOf } from '../reading.js'

export const plan: Command = {
  name: 'plan',
  synopsis: 'plan',
  words: 0,
  options: [...hostOptions, 'root'],
  summary: 'what apply would change, from \u2192 to, and why',
  story: `Shows every change that apply would make, and who would lose access by it.
Writes nothing. Exit 0: nothing to change; 2: changes; 3: something could not
be told.`,
  needsRoot: true,
  async run(call) {
    const report = await reconciliation(call, 'check')
    if (call.options.format === 'json') {
      const { planJson } = await import('../../report/json.js')
      call.print(planJson(report))
    } else {
      const { planText } = await import('../../report/plan-text.js')
      call.print(planText(report, await readingOf(call)))
    }
    return exitOfPlan(report)
  },
}
