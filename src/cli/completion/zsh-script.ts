import { beginnings, nextWords, type Listed, type Next, type Typed, type Vocabulary } from './vocabulary.js'

/** What zsh needs to complete our commands: to be sourced, or to lie as _taskfence in its fpath. Pure. */
export const zshScript = (vocabulary: Vocabulary): string => `#compdef taskfence
# Completion of taskfence for zsh, made by \`taskfence completion zsh\`.
_taskfence() {
  local before=\${words[CURRENT-1]} typed= index
  local -a next
  if [[ \${words[CURRENT]} == --*=* ]]; then
    before=\${words[CURRENT]%%=*}
    compset -P '*='
  fi
  for ((index = 2; index < CURRENT; index++)); do
    case \${words[index]} in
      ${[...vocabulary.values.keys()].join('|')}) ((index++)) ;;
      -*) ;;
      *) typed="$typed \${words[index]}" ;;
    esac
  done
  case $before in
    --format)
      case $typed in
${vocabulary.commands.flatMap(formatLine).join('\n')}
        *) ${offer(['text', 'json'])} ;;
      esac
      return ;;
${valueLines(vocabulary).join('\n')}
  esac
  case $typed in
${beginnings(vocabulary)
  .map(beginning => beginningLines(beginning, vocabulary))
  .join('\n')}
${vocabulary.commands.map(commandLine).join('\n')}
  esac
}
if [[ $funcstack[1] == _taskfence ]]; then _taskfence "$@"; else compdef _taskfence taskfence; fi
`

const formatLine = ({ name, formats }: Typed): readonly string[] =>
  formats.length === 0 ? [] : [`        ${pattern(name)}) ${offer(formats)} ;;`]

const valueLines = ({ values }: Vocabulary): readonly string[] =>
  [...values]
    .filter(([option]) => option !== '--format')
    .map(([option, listed]) => `    ${option}) ${listed === null ? '' : `${offer(listed)}; `}return ;;`)

const beginningLines = (beginning: string, vocabulary: Vocabulary): string =>
  [
    `    '${beginning === '' ? '' : ` ${beginning}`}')`,
    `      next=(${nextWords(vocabulary, beginning).map(described).join(' ')})`,
    `      _describe command next`,
    `      [[ \${words[CURRENT]} != -* ]] || ${offer(beginning === '' ? ['--help', '--version'] : ['--help'])} ;;`,
  ].join('\n')

const described = ({ word, summary }: Next): string => `'${`${word}:${summary}`.replaceAll("'", `'\\''`)}'`

function commandLine({ name, options, words, single }: Typed): string {
  const rest =
    words === null ? '' : `; ${single ? `elif [[ $typed == ' ${name}' ]]; then` : 'else'} ${offer(words)}`
  return `    ${pattern(name)}) if [[ \${words[CURRENT]} == -* ]]; then ${offer(options)}${rest}; fi ;;`
}

/** Alone, or with words behind it. */
const pattern = (name: string): string => `' ${name}'|' ${name} '*`

const offer = (listed: Listed): string => (listed === 'file' ? '_files' : `compadd -- ${listed.join(' ')}`)
