/** A part of a JSON text that knows where it stands. */
export interface Part {
  /** undefined: not there. */
  readonly value: unknown
  /** JSONPath: `$.Statement[0].Condition.ArnLike["aws:SourceArn"]`. */
  readonly path: string
  /** 1 for the first; of what stands around it where it is not there itself. */
  readonly line: number
  at(step: string | number): Part
}

/** Any text, or why it is no JSON. `within`: the part whose text this is, and where its parts then stand. */
export type ParsePart = (
  text: string,
  within?: Part,
) => { readonly part: Part } | { readonly line: number; readonly because: string }

/** The entries of an object in their order; none for anything else. */
export const entriesOf = (part: Part): readonly (readonly [key: string, value: Part])[] =>
  isObject(part.value) ? Object.keys(part.value).map(key => [key, part.at(key)]) : []

/** The items of a list; anything else alone, as IAM reads it. Not there: none. */
export function itemsOf(part: Part): readonly Part[] {
  if (part.value === undefined) return []
  return Array.isArray(part.value) ? part.value.map((_item, index) => part.at(index)) : [part]
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text where one stands; '' for anything else, which no rule knows. */
export const textOf = ({ value }: Part): string => (typeof value === 'string' ? value : '')
