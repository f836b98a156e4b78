import { trimSpace } from './read.js'

/** What the agent makes of a setting that is on or off: space around it does not matter. null as below; then its default counts. */
export const agentSwitch = (value: string): boolean | null => switchOf(trimSpace(value))

/** What the agent and ecs-init make of a switch's value (Go's strconv.ParseBool). null: neither on nor off, so it counts as not set. */
export function switchOf(value: string): boolean | null {
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value) ? false : null
}
