import type { Lab, Where } from '../lab/lab.js'
import { bridgeNames } from '../lab/options.js'
import type { Task } from '../lab/tasks.js'
import { urlOf, type Sender, type ToldClaim, type World } from './reality.js'

/** A lab's host and neighbours, and the task on each bridge: the lab's own, or those of a real engine. */
export function worldOf(lab: Lab, tasks: readonly Task[] = []): World {
  const sender = (where: Where): Sender => ({
    name: where,
    reaches: reaches(lab, where),
    http: (url, options) => lab.http(where, url, options),
  })
  const real = tasks.map(task => ({ ...task, reaches: reachesOfTask(lab) }))
  return {
    seesAnswers: lab.layout.has('answers-through-host'),
    senders: [...[...lab.layout.bridges, ...neighbours(lab)].map(sender), ...real],
    sendersOf: told => [
      ...sendersOf(lab, told).map(sender),
      ...real.filter(task => isSender(task, told.claim.origin)),
    ],
  }
}

/** A promise about any task in host network mode is one about each. */
export const isSender = ({ id, bridge }: Task, origin: ToldClaim['claim']['origin']): boolean =>
  origin.kind === 'host-task'
    ? bridge === null && (origin.task == null || origin.task.endsWith(id.slice(0, 8)))
    : bridge !== null && bridge === origin.bridge

function sendersOf({ layout }: Lab, { claim: { origin } }: ToldClaim): readonly Where[] {
  if (origin.kind === 'host') return ['host']
  if (origin.kind === 'host-task') return []
  if (origin.kind === 'container')
    return bridgeNames.filter(name => name === origin.bridge && layout.bridges.includes(name))
  if (origin.interface === 'ens6') return ['second-neighbour']
  return layout.has('bridged-uplink') ? ['neighbour', 'machine'] : ['neighbour']
}

const neighbours = ({ layout }: Lab): readonly Where[] => [
  'neighbour',
  ...(layout.has('second-nic') ? (['second-neighbour'] as const) : []),
  ...(layout.has('bridged-uplink') ? (['machine'] as const) : []),
]

const reachesOfTask = ({ layout }: Lab): readonly string[] => [
  urlOf('169.254.169.254', 80),
  ...(layout.ipv6 ? [urlOf('fd00:ec2::254', 80)] : []),
]

const reaches = (lab: Lab, where: Where): readonly string[] => {
  const v6 = (address: string, port: number) => (lab.layout.ipv6 ? [urlOf(address, port)] : [])
  if (where === 'host') return []
  if (bridgeNames.some(name => name === where)) return reachesOfTask(lab)
  const own =
    where === 'second-neighbour' ? (['10.1.0.10', 'fd11::10'] as const) : (['10.0.0.10', 'fd10::10'] as const)
  return [urlOf('169.254.170.2', 80), urlOf('127.0.0.1', 51679), urlOf(own[0], 51678), ...v6(own[1], 51678)]
}
