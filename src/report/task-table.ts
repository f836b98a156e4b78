import type { TaskFacts } from '../model/agent-facts.js'
import type { Facts } from '../model/facts.js'
import { fencesOf } from '../model/task-fences.js'

/** A row a task: who it is, its network mode, which controls close the metadata service to it and which cannot. */
export function taskTable(tasks: readonly TaskFacts[], facts: Facts): string {
  if (tasks.length === 0) return 'none running'
  const rows = tasks.map(task => ({ task, ...fencesOf(task, facts) }))
  const cells = rows.map(({ task, by, notBy }) => [
    shortName(task.arn),
    familyWords(task),
    task.mode ?? 'not told',
    by.join(', ') || 'nothing',
    notBy.join(', '),
  ])
  const table = [['task', 'family', 'mode', 'fenced by', 'not by'], ...cells]
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0)))
  const lines = table.map(row => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
  const reasons = rows.map(({ task, because }) => `${task.mode ?? 'not told'}: ${because}`)
  return [...lines.map(line => line.trimEnd()), ...new Set(reasons)].join('\n')
}

/** The last part of its ARN. */
const shortName = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1)

const familyWords = ({ family, revision }: TaskFacts): string =>
  family === null ? 'not told' : revision === null ? family : `${family}:${revision}`
