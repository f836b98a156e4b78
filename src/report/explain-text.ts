import type { Explained } from './json.js'
import { wrap } from './layout.js'

/** The list of controls, a line each. */
export function listText(controls: readonly Explained[]): string {
  const column = Math.max(0, ...controls.map(({ id }) => id.length))
  const lines = controls.map(({ id, title }) => `  ${id.padEnd(column)}  ${title}`)
  return `${lines.join('\n')}\n\n\`taskfence explain CONTROL\` tells why, the commands by hand, and the limits.\n`
}

/** Each control in full. Commands are never broken over lines: they are for copying. */
export const explainText = (controls: readonly Explained[], width: number): string =>
  controls.map(control => explained(control, Math.min(width, 100))).join('\n')

function explained({ id, title, why, source, byHand, limits, mode }: Explained, width: number): string {
  return [
    wrap('', `${id}: ${title}${mode === undefined ? '' : ` (policy: ${mode})`}`, width),
    '',
    wrap('', why, width),
    '',
    'By hand:',
    ...byHand.map(line => `  ${line}`),
    '',
    ...(limits.length === 0 ? [] : ['Limits:', ...limits.map(limit => wrap('  - ', limit, width)), '']),
    wrap('Source: ', source, width),
    '',
  ].join('\n')
}
