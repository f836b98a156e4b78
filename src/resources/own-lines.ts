import type { State } from '../model/resource.js'
import type { OwnLines } from '../model/trace.js'
import { editStanding } from './edit-standing.js'
import type { ResourceKind } from './kind.js'

/** Whatever carries our name in somebody else's file, wanted by anybody or not; no other byte of it changes. */
export const ownLines: ResourceKind<OwnLines> = {
  id: ({ path }) => `lines of taskfence in ${path}`,

  async read({ path }, look) {
    const lines = ((await look.file(path)) ?? '').split('\n')
    const ours = lines.flatMap((line, index) => (isOurs(line) ? [`${index + 1} ${line}`] : []))
    return ours.length === 0 ? null : ours.join('\n')
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      if ((await host.files.read(resource.path)) === null) continue
      await editStanding(resource.path, host, text => edited(text, state))
    }
  },
}

/** A rule with our comment, as iptables-save prints it, or a line that says whose it is. */
const isOurs = (line: string): boolean => /--comment "?taskfence-[\w-]+"?( |$)| # taskfence$/.test(line)

function edited(text: string, state: State): string {
  const lines = text.split('\n').filter(line => !isOurs(line))
  for (const line of (state ?? '').split('\n')) {
    const [, number, words] = /^(\d+) (.*)$/.exec(line) ?? []
    if (words !== undefined) lines.splice(Number(number) - 1, 0, words)
  }
  return lines.join('\n')
}
