import type { Call, Command } from '../command.js'
import { exitOfLint } from '../exit.js'
import { usage } from '../options.js'
import type { Input } from '../../iam/lint.js'

const name = 'iam lint'

export const iamLint: Command = {
  name,
  synopsis: 'iam lint <file..>',
  words: Infinity,
  completes: 'file',
  options: ['role', 'account', 'format', 'no-color', 'log-level'],
  summary: 'what is wrong with the policies of a role',
  story: `Reads the policies of one role, as JSON or as \`aws iam get-role\`,
\`get-role-policy\`, \`get-policy-version\` and \`list-attached-role-policies\` print
them; "-" is standard input. Asks nothing of AWS; needs neither root nor a
supported system. Exit 0: nothing found; 1: a finding; 3: something could not be
told.`,
  needsRoot: false,
  async run(call) {
    const { options, words } = call
    if (words.length === 0) throw usage('no file was given', name)
    const { accountIfGiven } = await import('../iam.js')
    const account = accountIfGiven(options, name)
    const inputs = await Promise.all(words.map(word => read(word, call)))
    const [{ lint }, { parsePart }] = await Promise.all([
      import('../../iam/lint.js'),
      import('../json/parse-part.js'),
    ])
    const files = lint(inputs, { role: options.role, account }, parsePart)
    if (options.format === 'json') {
      const { iamJson } = await import('../../report/json.js')
      call.print(iamJson(files))
    } else {
      const { iamText } = await import('../../report/iam-text.js')
      call.print(iamText(files, call.paint, call.width))
    }
    const { iamVerdict } = await import('../../report/iam-verdict.js')
    return exitOfLint(iamVerdict(files))
  },
}

/** A file that cannot be read is told beside the others. */
async function read(file: string, { parts }: Call): Promise<Input> {
  const { FileError } = await import('../../model/errors.js')
  const { files } = await parts.host()
  try {
    const text = await files.read(file === '-' ? '/dev/stdin' : file)
    return { file, content: text === null ? { because: 'no such file' } : { text } }
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    return { file, content: { because: error.message } }
  }
}
