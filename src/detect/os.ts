import type { Host } from '../host/host.js'
import { TaskfenceError } from '../model/errors.js'
import type { OsFacts } from '../model/facts.js'

export const isWindows = (host: Host): boolean => host.osFamily === 'windows'

/** Of Linux. Rejects with E_UNSUPPORTED where taskfence has no business. */
export async function detectOs(host: Host): Promise<OsFacts> {
  const text = (await host.files.read('/etc/os-release')) ?? (await host.files.read('/usr/lib/os-release'))
  if (text === null)
    throw new TaskfenceError('E_UNSUPPORTED', 'there is no /etc/os-release, so this system cannot be told', {
      hint: 'Every supported distribution has one; see os-release(5).',
    })
  return parseOsRelease(text)
}

/** os-release(5): shell-like assignments; unknown keys and broken lines are passed over. */
export function parseOsRelease(text: string): OsFacts {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const assignment = /^([A-Z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(.*))$/.exec(line.trim())
    if (assignment?.[1] === undefined) continue
    const quoted = assignment[2]?.replace(/\\(.)/g, '$1')
    values.set(assignment[1], quoted ?? assignment[3] ?? assignment[4] ?? '')
  }
  const id = values.get('ID') ?? 'linux'
  return {
    family: 'linux',
    id,
    idLike: (values.get('ID_LIKE') ?? '').split(/\s+/).filter(word => word !== ''),
    versionId: values.get('VERSION_ID') ?? '',
    prettyName: values.get('PRETTY_NAME') ?? id,
  }
}
