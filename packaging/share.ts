// share.js FOLDER: writes what belongs into /usr/share: the manual page, and what completes the commands in bash and zsh.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { commands } from '../src/cli/commands/index.js'
import { listsOf } from '../src/cli/completion/lists.js'
import { scripts } from '../src/cli/completion/index.js'
import { vocabularyOf } from '../src/cli/completion/vocabulary.js'
import { controls } from '../src/controls/index.js'
import { manPage } from './man-page.js'

const folder = process.argv[2] ?? 'dist/share'
// For builds that come out the same: https://reproducible-builds.org/specs/source-date-epoch/
const { SOURCE_DATE_EPOCH: epoch } = process.env
const vocabulary = vocabularyOf(commands, listsOf(controls))
const files = {
  'man/man8/taskfence.8': manPage(
    commands,
    epoch === undefined ? new Date() : new Date(Number(epoch) * 1000),
  ),
  'bash-completion/completions/taskfence': scripts.bash(vocabulary),
  'zsh/site-functions/_taskfence': scripts.zsh(vocabulary),
}
for (const [name, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
