import type { Command } from '../src/cli/command.js'
import type { Exit } from '../src/cli/exit.js'
import { optionNames, optionWords, type OptionName } from '../src/cli/option-words.js'
import { plainFormats } from '../src/cli/options.js'
import { defaults } from '../src/cli/policy/defaults.js'

/** taskfence(8) in mdoc(7), from what the help is made of. Pure. `date`: of the page. */
export const manPage = (commands: readonly Command[], date: Date): string =>
  [
    '.\\" Made from src/cli by build.js. Change it there.',
    `.Dd ${months[date.getUTCMonth()] ?? ''} ${date.getUTCDate()}, ${date.getUTCFullYear()}`,
    '.Dt TASKFENCE 8',
    '.Os',
    '.Sh NAME',
    '.Nm taskfence',
    '.Nd fences Amazon ECS tasks on their host',
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar command',
    '.Op Ar options',
    '.Sh DESCRIPTION',
    ...prose(
      'Every ECS task on this host gets its own credentials, and never the instance\u2019s. taskfence writes the rules that AWS documents, and beside them one nftables table that drops what no task and no neighbour may reach. Whether that holds is told by following packets through the rules as they stand, whoever wrote them.',
    ),
    '.Pp',
    'The commands are:',
    '.Bl -tag -width Ds',
    ...commands.flatMap(commandLines),
    '.El',
    '.Sh OPTIONS',
    'A value follows its option as a word of its own or behind an equals sign.',
    '.Bl -tag -width Ds',
    ...optionNames.flatMap(name => optionLines(name, commands)),
    '.It Fl -help',
    'Tell more of a command, or list the commands.',
    '.It Fl -version',
    'Tell the version.',
    '.El',
    '.Sh ENVIRONMENT',
    '.Bl -tag -width Ds',
    '.It Ev NO_COLOR',
    'No colour if it is set to anything.',
    '.El',
    '.Sh FILES',
    '.Bl -tag -width Ds',
    ...Object.entries(files).flatMap(([path, words]) => [`.It Pa ${path}`, ...prose(words)]),
    '.El',
    '.Sh EXIT STATUS',
    'When several apply: 1 over 3 over 2 over 0.',
    '.Bl -tag -width Ds',
    ...Object.entries(meanings).flatMap(([code, meaning]) => [`.It ${code}`, ...prose(meaning)]),
    '.El',
    '.Sh EXAMPLES',
    'What would be written, without writing:',
    '.Pp',
    '.Dl # taskfence plan',
    '.Pp',
    'Writing it, and going back to what stood before:',
    '.Pp',
    '.Dl # taskfence apply',
    '.Dl # taskfence revert',
    '.Pp',
    'A page to forward:',
    '.Pp',
    '.Dl # taskfence check --format html > taskfence.html',
    '.Sh SEE ALSO',
    '.Xr ip 8 ,',
    '.Xr iptables 8 ,',
    '.Xr nft 8',
    '',
  ].join('\n')

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)

const files = {
  '/etc/taskfence/policy.json': `What each control does, and who may reach the metadata service all the same. Without it every control is enforced, but ${Object.entries(
    defaults.modes,
  )
    .map(([id, mode]) => `${id} (${mode})`)
    .join(' and ')}. One that everybody may write is refused.`,
  '/etc/taskfence/fence.nft': 'The fence, as the next boot loads it. Made by apply.',
  '/etc/taskfence/host.nft': 'The same for tasks in host network mode.',
  '/etc/sysctl.d/99-taskfence.conf': 'The kernel setting, for the next boot.',
  '/var/lib/taskfence/before.json': 'What stood before the first apply and has no name of ours: for revert.',
  '/var/lib/taskfence/unconfirmed.json': 'What apply --confirm-within takes back.',
  '/var/log/taskfence/audit.jsonl': 'The audit log, and older ones beside it.',
  '/run/taskfence/status.json': 'What the daemon saw last: for status.',
  '/run/taskfence/lock': 'Held by whoever writes.',
}

/** An exit code without its meaning does not compile. */
const meanings: Readonly<Record<Exit, string>> = {
  0: 'All is well: in sync, and every promise holds; everything is written and verified.',
  1: 'Something could not be written, a promise is broken, or there is a finding.',
  2: 'Something differs from what is wanted.',
  3: 'Something could not be told.',
  64: 'Nobody could mean this: usage.',
  69: 'This system is not supported.',
  75: 'Another run held the write lock too long.',
  77: 'Not run as root, or as an Administrator.',
  78: 'The policy file is not a policy.',
}

/** "iam lint <file..>": its own words, then what it takes. */
function commandLines({ name, synopsis, summary, story, options }: Command): readonly string[] {
  const takes = synopsis
    .slice(name.length)
    .trim()
    .replace(/[<>[\]]/g, '')
    .replace(/\.\.$/, ' ...')
  const word = takes === '' ? '' : synopsis.includes('[') ? ` Op Ar ${takes}` : ` Ar ${takes}`
  const flags = options.map(option => `.Fl -${option}${option === options.at(-1) ? ' .' : ' ,'}`)
  return [
    `.It Cm ${name}${word}`,
    ...prose(sentence(summary)),
    '.Pp',
    ...paragraphs(story),
    '.Pp',
    'Options:',
    ...flags,
  ]
}

function optionLines(name: OptionName, commands: readonly Command[]): readonly string[] {
  const owners = commands.filter(({ options }) => options.includes(name))
  const { type, describe } = optionWords[name]
  // "apply: seconds …" is of apply anyway.
  const own = owners.find(owner => describe.startsWith(`${owner.name}: `))
  const words =
    name === 'format'
      ? formatWords(owners)
      : sentence(describe.slice(own === undefined ? 0 : own.name.length + 2))
  return [
    `.It Fl -${name}${type === 'string' ? ' Ar value' : ''}`,
    ...prose(words),
    'Of',
    ...owners.map((owner, index) => `.Cm ${owner.name}${index === owners.length - 1 ? ' .' : ' ,'}`),
  ]
}

const formatWords = (owners: readonly Command[]): string =>
  [
    sentence(plainFormats.join(' or ')),
    ...owners.flatMap(({ name, formats }) =>
      formats === undefined ? [] : [`Of ${name}: ${formats.join(', ')}.`],
    ),
  ].join(' ')

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`

/** "  word   what it is": a list of words; the rest flows. */
function paragraphs(story: string): readonly string[] {
  const blocks = story.split(/\n\n|\n(?= {2}\S)|(?<=\n {2}.*)\n(?! )/)
  return blocks.flatMap((block, index) => {
    const [, word, words = ''] = /^ {2}(\S+) {2,}([^]*)$/.exec(block) ?? []
    if (word === undefined) return [...(index === 0 ? [] : ['.Pp']), ...prose(block.replaceAll('\n', ' '))]
    const isWord = (other: string | undefined) => other?.startsWith('  ') === true
    return [
      ...(isWord(blocks[index - 1]) ? [] : ['.Bl -tag -width Ds -compact']),
      `.It Cm ${word}`,
      ...prose(sentence(words.replace(/\s+/g, ' '))),
      ...(isWord(blocks[index + 1]) ? [] : ['.El']),
    ]
  })
}

/** A sentence a line, as mdoc wants it, and no line past 80 columns. */
const prose = (words: string): readonly string[] =>
  words.split(/(?<=[.?!]) (?=[A-Z"`])/).flatMap(line => wrapped(line).map(text))

const wrapped = (line: string): readonly string[] =>
  line.match(/.{1,72}(?= |$)/g)?.map(part => part.trim()) ?? []

/** Text that is no request, in ASCII. */
const text = (words: string): string =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('`', '\\(ga')
    .replace(/^(?=[.'])/, '\\&')
    .replace(
      /[^\0-\x7f]/gu,
      letter => `\\[u${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    )
