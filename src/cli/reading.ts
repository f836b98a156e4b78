import type { Reading } from '../report/reading.js'
import type { Call } from './command.js'
import type { Options } from './options.js'

/** How this run's report will be read. */
export const readingOf = async (call: Call): Promise<Reading> => ({
  controls: await call.parts.controls(),
  paint: call.paint,
  width: call.width,
  only: call.options.only,
  again: again(call.options),
})

/** The options that make a suggested command mean the same policy and controls: " --policy p.json". */
const again = (options: Options): string =>
  [
    ...(options.policy === undefined ? [] : ['--policy', quoted(options.policy)]),
    ...(options.root === undefined ? [] : ['--root', quoted(options.root)]),
    ...options.only.flatMap(id => ['--only', id]),
  ]
    .map(word => ` ${word}`)
    .join('')

const quoted = (word: string): string =>
  /^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
