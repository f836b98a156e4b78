import type { Lab } from './lab.js'

/** Of all programs of that name on the host, as pgrep -x, which few machines have. */
export async function pidsOf(lab: Lab, name: string): Promise<readonly string[]> {
  const script =
    'for one in /proc/[0-9]*; do read -r name < $one/comm && [ "$name" = "$0" ] && echo "${one#/proc/}"; done; true'
  return words(await lab.must(['sh', '-c', `{ ${script}; } 2>/dev/null`, name]))
}

export const childrenOf = async (lab: Lab, pid: string): Promise<readonly string[]> =>
  words(await lab.must(['cat', `/proc/${pid}/task/${pid}/children`]))

const words = (text: string): readonly string[] => text.split(/\s+/).filter(word => word !== '')
