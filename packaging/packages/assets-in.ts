import { join } from 'node:path'

/** What few runs need, and more that is named, as the configuration of an executable takes it. */
export const assetsIn = (folder: string, ...more: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['execa.js', 'node-cron.js', 'winston.js', 'yargs.js', ...more].map(name => [name, join(folder, name)]),
  )
