import type { Test } from 'tap'
import type { Backend } from '../../src/model/facts.js'
import { createLab } from '../lab/lab.js'
import type { Case } from './cases.js'
import { defaults, disagreements, line, proveIn, traces } from './rig.js'

/** Whether the case's answers are given, the rules agree with them, and nothing is changed or left behind. */
export async function checkCase(
  test: Test,
  { options, policy, prepare, lines }: Case,
  backend: Backend,
  program: string,
): Promise<void> {
  const lab = await createLab({ ...options, backend })
  test.teardown(() => lab.dispose())
  await prepare(lab)
  const bridges = () => lab.must(['ip', '-o', 'link', 'show', 'type', 'bridge'])
  const before = await bridges()
  const report = await proveIn(lab, program, policy ?? defaults)
  const found = report.probes.map(line).map(text => text.replaceAll('legacy ip', 'ip'))
  const missing = lines.filter(
    wanted => !found.some(text => (typeof wanted === 'string' ? text === wanted : wanted.test(text))),
  )
  test.strictSame(missing, [], 'every expected answer is given', missing.length === 0 ? {} : { found })
  test.strictSame(disagreements(report), [], 'the rules and the packets agree')
  const unexpected = report.notes.filter(({ text }) => text.includes('[unexpected]'))
  test.strictSame(unexpected, [], 'no bridge was changed on the way')
  test.equal(await bridges(), before, 'the bridges are as they were')
  test.strictSame(await traces(lab), [], 'nothing is left behind')
}
