import { configLines, type ConfigLine } from '../ecs-config/read.js'
import { switchOf } from '../ecs-config/switch.js'
import type { AgentConfigFinding } from '../model/agent-facts.js'
import { knownSettings } from './agent-settings.js'

/** Read by ecs-init from its own environment, which systemd makes: quotes are none of its business. */
const initSwitches = ['ECS_SKIP_LOCALHOST_TRAFFIC_FILTER', 'ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS']
const names = new Set([...Object.keys(knownSettings), ...initSwitches])

/** Lines about settings we know that look right and are off. Pure. */
export function findingsIn(path: string, text: string): readonly AgentConfigFinding[] {
  const lines = configLines(text)
  const found = lines.flatMap(line => {
    const hint = hintOn(line, lines)
    return hint === undefined ? [] : [{ path, line: line.number, text: `${line.key}=${line.value}`, hint }]
  })
  return [...found, ...withoutEquals(path, text)].toSorted((one, other) => one.line - other.line)
}

/** "ECS_X: true", "ECS_X true" */
const withoutEquals = (path: string, text: string): readonly AgentConfigFinding[] =>
  text.split('\n').flatMap((line, index) => {
    const [, name = ''] = /^\s*(ECS_[A-Z_]+)(?:\s*:\s*|\s+)[^\s=]+\s*$/.exec(line) ?? []
    if (!names.has(name)) return []
    const hint = `without a "=" the line says nothing, and ${name} is not set`
    return [{ path, line: index + 1, text: line.trim(), hint }]
  })

function hintOn(line: ConfigLine, lines: readonly ConfigLine[]): string | undefined {
  if (!names.has(line.key)) return hintOnName(line)
  return hintOnValue(line.key, line.value) ?? hintOnOthers(line, lines)
}

/** Of what is nearly one. */
function hintOnName(line: ConfigLine): string | undefined {
  // Editors show neither a byte order mark nor spaces without width.
  const visible = line.key.replace(/[^\x21-\x7e]+/g, ' ').trim()
  const written = visible.replace(/^export /, '')
  const name = written.toUpperCase()
  if (!names.has(name)) return undefined
  if (written !== visible)
    return `"export" becomes part of the name, and ${name} is not set: leave the word out`
  if (line.key.startsWith('\ufeff'))
    return `the byte order mark before it becomes part of the name, and ${name} is not set: save the file without one`
  if (written !== name) return `names are in capitals, and ${name} is not set`
  if (/^[^\x21-\x7e]/.test(line.key))
    return `what cannot be seen before it becomes part of the name, and ${name} is not set`
  return `the space before "=" becomes part of the name, and ${name} is not set`
}

function hintOnValue(name: string, value: string): string | undefined {
  const quoted = /^\s*(["'])(.*)\1\s*$/.exec(value)?.[2]
  if (quoted !== undefined && !initSwitches.includes(name))
    return `the quotes become part of the value, and the agent takes it for not set: write ${name}=${quoted}`
  const bare = (quoted ?? value).trim()
  if (/\s[#;]/.test(bare))
    return 'what follows the value becomes part of it: a comment needs a line of its own'
  const on = switchOf(bare)
  if (on === null) return `${JSON.stringify(bare)} is neither true nor false here, and counts as not set`
  if (name === 'ECS_EXTERNAL' && on && bare !== 'true')
    return `ecs-init takes nothing but "true" for it, and the agent takes ${JSON.stringify(bare)} too: write true`
  return undefined
}

/** Only the last line with a name counts; said there, if another one would have meant something else. */
function hintOnOthers(line: ConfigLine, lines: readonly ConfigLine[]): string | undefined {
  const same = lines.filter(({ key }) => key === line.key)
  const other = same.find(({ value }) => value !== line.value)
  if (same.at(-1) !== line || other === undefined) return undefined
  return `line ${other.number} says ${JSON.stringify(other.value)}; the last line counts`
}
