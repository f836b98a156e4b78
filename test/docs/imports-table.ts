/** The table "Who may import whom" of docs/architecture.md, as the architecture test has it. Pure. */
export function importsTable(mayImport: Readonly<Record<string, readonly string[]>>): string {
  const rows = Object.entries(mayImport).map(([name, allowed]) => [
    code(/\.ts$/.test(name) ? name : `${name}/`),
    allowed.length === 0 ? 'nothing' : allowed.map(code).join(', '),
  ])
  return aligned([['files in', 'may import, beside their own folder'], ...rows])
}

const code = (word: string): string => `\`${word}\``

/** As prettier lays tables out. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
