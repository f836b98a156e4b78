import type { AgentConfigFinding } from '../model/agent-facts.js'
import { knownSettings } from './agent-settings.js'
import { entries } from './json.js'

export interface AgentJson {
  /** true and false, by the names of the agent's fields. */
  readonly values: ReadonlyMap<string, string>
  readonly findings: readonly AgentConfigFinding[]
}

/** The agent's own file. An empty one says nothing. Pure. */
export function readAgentJson(path: string, text: string): AgentJson {
  const members = membersOf(text)
  if (members === null) return { values: new Map(), findings: [{ path, line: 1, text: '', hint: noObject }] }
  const values = members.flatMap(([name, value]) => {
    const field = fieldOf(name)
    return field !== undefined && typeof value === 'boolean' ? [[field, String(value)] as const] : []
  })
  const findings = members.flatMap(([name, value]) => {
    const hint = hintOn(name, value)
    const line = text.slice(0, Math.max(0, text.indexOf(`"${name}"`))).split('\n').length
    return hint === undefined ? [] : [{ path, line, text: `${name}: ${JSON.stringify(value)}`, hint }]
  })
  return { values: new Map(values), findings }
}

const noObject = 'is no JSON object: the agent does not start with it'

/** null: not a JSON object. */
function membersOf(text: string): readonly (readonly [string, unknown])[] | null {
  if (text.trim() === '') return []
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) ? null : entries(parsed)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

const known = Object.entries(knownSettings)

/** Go takes the names of fields in capitals or not (encoding/json). */
const fieldOf = (name: string): string | undefined =>
  known.map(([, { field }]) => field).find(field => field.toLowerCase() === name.toLowerCase())

/** The agent's own name lacks a letter. */
const asSpelled: Readonly<Record<string, string>> = {
  AWSVPCBlockInstanceMetadata: 'AWSVPCBlockInstanceMetdata',
}

function hintOn(name: string, value: unknown): string | undefined {
  const meant = asSpelled[name] ?? known.find(([variable]) => variable === name)?.[1].field
  if (meant !== undefined) return `sets nothing: in this file the agent's name for it is ${meant}`
  if (fieldOf(name) === undefined || typeof value === 'boolean' || value === null) return undefined
  return `${JSON.stringify(value)} is not true or false as JSON has them: write it without quotes`
}
