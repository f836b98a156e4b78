import type { Command } from '../model/command.js'

/**
 * Several lists from one process: with `-i` a line is a command of its own, while of several commands in one line each
 * list sees only the table that the last of them names (nft 1.0.6). `-i` keeps a history in HOME, where nothing of ours
 * is to be found.
 */
export const nftLines = (flags: readonly string[], lines: readonly string[]): Command => ({
  file: 'nft',
  args: [...flags, '-i'],
  input: lines.map(line => `${line}\n`).join(''),
  env: { HOME: '/dev/null' },
})
