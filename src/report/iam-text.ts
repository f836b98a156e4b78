import type { IamPlace, LintedFile } from '../model/iam.js'
import { count, printable, wrap } from './layout.js'
import type { Paint } from './paint.js'

/** What `iam lint` prints: what each file was read as, what is wrong in it and how to mend it. */
export function iamText(files: readonly LintedFile[], paint: Paint, width: number): string {
  // A place is never broken: it is there to be copied.
  const head = (sign: string, words: string, at: IamPlace) => {
    const line = `  ${sign} ${words}  ${place(at)}`
    return line.length <= width ? line : `  ${sign} ${words}\n      ${place(at)}`
  }
  const below = (lead: string, text: string) => wrap(`      ${lead}`, text, width)
  const lines = files.flatMap(linted => [
    wrap('', `${linted.file}: ${content(linted)}`, width),
    ...linted.findings.flatMap(found => [
      paint.broken(head('\u2716', found.rule, found)),
      below('', found.why),
      below('fix: ', found.fix),
    ]),
    ...linted.unknown.flatMap(one => [
      paint.unknown(head('?', 'could not tell', one)),
      below('', one.because),
    ]),
    ...(linted.findings.length + linted.unknown.length === 0 ? ['  \u2714 nothing found'] : []),
  ])
  return `${[...lines, '', wrap('', ending(files), width)].join('\n')}\n`
}

const place = ({ path, line }: IamPlace): string => printable(`line ${line}  ${path}`)

function content({ holds, role }: LintedFile): string {
  if (holds === null) return 'nothing that could be read'
  return role === null ? holds : `${holds} of ${roles[role]}`
}

const roles = {
  task: 'a task role',
  execution: 'a task execution role',
  instance: 'a container instance role',
} as const

function ending(files: readonly LintedFile[]): string {
  const sum = (list: 'findings' | 'unknown') => files.reduce((total, file) => total + file[list].length, 0)
  const [found, unknown] = [sum('findings'), sum('unknown')]
  // Permissions do not say whose they are.
  const taken = files.some(({ holds, role }) => holds !== 'trust policy' && role === 'task')
  const hint = taken ? ' Permissions were read as a task role\u2019s; --role tells otherwise.' : ''
  const untold = unknown === 0 ? '' : `${unknown} could not be told`
  if (found === 0)
    return `${untold === '' ? `Nothing found in ${count(files.length, 'file')}` : untold}.${hint}`
  return `${[count(found, 'finding'), ...(untold === '' ? [] : [untold])].join(', ')}.${hint}`
}
