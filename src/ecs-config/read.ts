/** A line that sets something. */
export interface ConfigLine {
  /** Counted from 1, as editors do. */
  readonly number: number
  readonly key: string
  readonly value: string
}

/**
 * What the agent's container is given of a settings file. This is ecs-init's own reading (ecs-init/docker/docker.go,
 * getEnvVars): no comments, no quotes, no `export`; of two lines with the same key the last one counts.
 */
export const readEcsConfig = (text: string): ReadonlyMap<string, string> =>
  new Map(configLines(text).map(({ key, value }) => [key, value]))

/** Lines without a "=" set nothing. A "#" before a key is part of the key. */
export const configLines = (text: string): readonly ConfigLine[] =>
  text.split('\n').flatMap((line, index) => {
    const assignment = assignmentOf(line)
    return assignment === null ? [] : [{ number: index + 1, ...assignment }]
  })

/** One line, with or without its end. */
export function assignmentOf(line: string): { readonly key: string; readonly value: string } | null {
  const trimmed = trimSpace(line)
  const equals = trimmed.indexOf('=')
  return equals === -1 ? null : { key: trimmed.slice(0, equals), value: trimmed.slice(equals + 1) }
}

/** Go's unicode.IsSpace. JavaScript's trim() takes off U+FEFF too, and leaves U+0085. */
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export function trimSpace(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && space.test(text.charAt(start))) start += 1
  while (end > start && space.test(text.charAt(end - 1))) end -= 1
  return text.slice(start, end)
}
