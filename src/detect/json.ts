/** What stands at this path of an answer, whatever its shape turns out to be. */
export const at = (value: unknown, ...path: readonly string[]): unknown => path.reduce(field, value)

export function text(value: unknown, ...path: readonly string[]): string | null {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : null
}

export function flag(value: unknown, ...path: readonly string[]): boolean | null {
  const found = at(value, ...path)
  return typeof found === 'boolean' ? found : null
}

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

export const texts = (value: unknown): readonly string[] =>
  list(value).filter(entry => typeof entry === 'string' && entry !== '') as readonly string[]

export const entries = (value: unknown): readonly (readonly [string, unknown])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
