/** As much of a JSON Schema as the one of policies uses. */
export interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
}

export interface Key {
  /** "watch.contest.repairs", "imdsAllow[].reason" */
  readonly path: string
  readonly meaning: string
}

/** Every key of a policy that has no keys of its own, in the schema's order. */
export function keysOf(schema: Schema, path = ''): readonly Key[] {
  const inner = schema.items ?? schema
  const here = schema.items === undefined ? path : `${path}[]`
  if (inner.properties === undefined) return [{ path: here, meaning: inner.description ?? '' }]
  return Object.entries(inner.properties).flatMap(([name, part]) =>
    keysOf(part, here === '' ? name : `${here}.${name}`),
  )
}

/** A policy that says this key alone; in a list, with what an entry must have beside it. */
export const policyWith = (path: string, value: unknown, beside: object = {}): unknown =>
  path.split('.').reduceRight<unknown>((inside, name) => {
    if (!name.endsWith('[]')) return { [name]: inside }
    return { [name.slice(0, -2)]: [{ ...beside, ...(inside as object) }] }
  }, value)

/** The table of docs/policy.md, as prettier lays it out. */
export function keysTable(rows: readonly (readonly string[])[]): string {
  const all = [['key', 'default', 'example', 'meaning'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0))) ?? []
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = all
  return [line(head), line(widths.map(width => '-'.repeat(width))), ...body.map(line)].join('\n')
}
