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
  return lines.flatMap(line => {
    const hint = hintOn(line, lines)
    return hint === undefined ? [] : [{ path, line: line.number, text: `${line.key}=${line.value}`, hint }]
  })
}

function hintOn(line: ConfigLine, lines: readonly ConfigLine[]): string | undefined {
  const name = line.key.replace(/^export\s+/, '').trim()
  if (!names.has(name)) return undefined
  if (line.key.startsWith('export'))
    return `"export" becomes part of the name, and ${name} is not set: leave the word out`
  if (line.key !== name) return `the space before "=" becomes part of the name, and ${name} is not set`
  return hintOnValue(name, line.value) ?? hintOnOthers(line, lines)
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
