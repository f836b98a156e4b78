import { trimSpace } from './read.js'

/**
 * What the agent makes of a setting that is on or off (agent/utils ParseBool: Go's strconv.ParseBool of the trimmed
 * text). null: neither, as `"true"` with its quotes or `yes`; the agent then takes its default.
 */
export function agentBoolean(value: string): boolean | null {
  const text = trimSpace(value)
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : null
}
