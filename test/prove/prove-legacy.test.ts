import t from 'tap'
import { cases } from './cases.js'
import { checkCase } from './check-case.js'
import { buildProgram } from './rig.js'

const program = await buildProgram()

// Most of a case is waiting for packets that nobody answers.
t.jobs = 3
for (const one of cases.filter(({ legacy }) => legacy === true))
  t.test(one.name, { buffered: true }, t => checkCase(t, one, 'legacy', program))
