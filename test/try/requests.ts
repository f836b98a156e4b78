import type { Lab, Where } from '../lab/lab.js'
import { userBridge } from '../lab/options.js'
import type { Screen } from './screen.js'

/** metadata: the instance's own credentials are behind it. credentials: the task's own. */
export type Goal = 'metadata' | 'credentials'

interface Request {
  readonly from: Where
  readonly who: string
  readonly goal: Goal
  readonly url: string
}

const metadata = 'http://169.254.169.254/latest/meta-data/instance-id'
const metadata6 = 'http://[fd00:ec2::254]/latest/meta-data/instance-id'
const credentials = 'http://169.254.170.2/v2/credentials/lab-task'

const ofTask = (from: Where): readonly Request[] => [
  { from, who: `task on ${from}`, goal: 'metadata', url: metadata },
  { from, who: `task on ${from}`, goal: 'metadata', url: metadata6 },
  { from, who: `task on ${from}`, goal: 'credentials', url: credentials },
]

const requests: readonly Request[] = [
  ...ofTask('docker0'),
  ...ofTask(userBridge),
  { from: 'neighbour', who: 'machine on the LAN', goal: 'credentials', url: credentials },
]

/** "200" or "no answer", by whose request it is. */
export type Promised = (request: { readonly goal: Goal; readonly neighbour: boolean }) => '200' | 'no answer'

export const unfenced: Promised = ({ goal }) => (goal === 'metadata' ? '200' : 'no answer')
export const fenced: Promised = ({ goal, neighbour }) =>
  goal === 'credentials' && !neighbour ? '200' : 'no answer'

/** Asks all at once and prints a line each; answers how many did not go as promised. */
export async function ask(lab: Lab, screen: Screen, promised: Promised): Promise<number> {
  const answers = await Promise.all(requests.map(({ from, url }) => lab.http(from, url, { timeoutMs: 700 })))
  let wrong = 0
  for (const [index, { from, who, goal, url }] of requests.entries()) {
    const neighbour = from === 'neighbour'
    const answer = inWords(answers[index] ?? '')
    const safe = answer === fenced({ goal, neighbour })
    const wanted = promised({ goal, neighbour })
    const column = (safe ? screen.good : screen.bad)(answer.padEnd(10))
    const surprise = answer === wanted ? '' : screen.bad(`  expected: ${wanted}`)
    if (answer !== wanted) wrong += 1
    screen.say(`  ${who.padEnd(24)} GET ${url.padEnd(58)} ${column}${surprise}`)
  }
  return wrong
}

const inWords = (fate: string): string =>
  fate.startsWith('answered ') ? fate.slice('answered '.length) : fate === 'timed out' ? 'no answer' : fate
