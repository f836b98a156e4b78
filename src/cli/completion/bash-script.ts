import { beginnings, nextWords, type Listed, type Typed, type Vocabulary } from './vocabulary.js'

/** What bash (4 and later) needs to complete our commands. Pure. */
export const bashScript = (
  vocabulary: Vocabulary,
): string => `# Completion of taskfence for bash, made by \`taskfence completion bash\`.
_taskfence() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} typed= index IFS=$'\\n'
  # bash makes three words of --format=json.
  [[ $word == = ]] && word=
  [[ $before == = ]] && before=\${COMP_WORDS[COMP_CWORD-2]}
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${[...vocabulary.values.keys()].join('|')})
        [[ \${COMP_WORDS[index+1]} == = ]] && ((index++))
        ((index++)) ;;
      -*|=) ;;
      *) typed="$typed \${COMP_WORDS[index]}" ;;
    esac
  done
  COMPREPLY=()
  case $before in
    --format)
      case $typed in
${vocabulary.commands.flatMap(formatLine).join('\n')}
        *) ${reply(['text', 'json'])} ;;
      esac
      return ;;
${valueLines(vocabulary).join('\n')}
  esac
  case $typed in
${beginnings(vocabulary)
  .map(beginning => beginningLine(beginning, vocabulary))
  .join('\n')}
${vocabulary.commands.map(commandLine).join('\n')}
  esac
}
complete -F _taskfence taskfence
`

const formatLine = ({ name, formats }: Typed): readonly string[] =>
  formats.length === 0 ? [] : [`        ${pattern(name)}) ${reply(formats)} ;;`]

const valueLines = ({ values }: Vocabulary): readonly string[] =>
  [...values]
    .filter(([option]) => option !== '--format')
    .map(([option, listed]) => `    ${option}) ${listed === null ? '' : `${reply(listed)}; `}return ;;`)

function beginningLine(beginning: string, vocabulary: Vocabulary): string {
  const words = nextWords(vocabulary, beginning).map(({ word }) => word)
  return beginning === ''
    ? `    '') ${reply([...words, '--help', '--version'])} ;;`
    : `    ' ${beginning}') ${reply([...words, '--help'])} ;;`
}

function commandLine({ name, options, words, single }: Typed): string {
  const rest =
    words === null ? '' : `; ${single ? `elif [[ $typed == ' ${name}' ]]; then` : 'else'} ${reply(words)}`
  return `    ${pattern(name)}) if [[ $word == -* ]]; then ${reply(options)}${rest}; fi ;;`
}

/** Alone, or with words behind it. */
const pattern = (name: string): string => `' ${name}'|' ${name} '*`

const reply = (listed: Listed): string =>
  listed === 'file'
    ? 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$word"))'
    : `COMPREPLY=($(compgen -W $'${listed.join('\\n')}' -- "$word"))`
