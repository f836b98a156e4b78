/** What bears such a name is nobody's to read in a log: AWS_SECRET_ACCESS_KEY, --db-password, api-key. */
const named = String.raw`(?<![\w.-])[\w.-]*(?:secret|token|passw|passphrase|pwd|credential|auth|(?:api|access|private)[_-]?key)[\w.-]*`
const value = String.raw`(?:"[^"]*"|'[^']*'|[^\s;&|]+)`
const hidden = '…'

const secretOption = new RegExp(`^(?=-)${named}$`, 'i')
/** Its next word is a setting of a container: "NAME=VALUE". */
const environment = /^(-e|--env)$/

const inText: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(${named}["']?\\s*[=:]\\s*)(?:(?:bearer|basic)\\s+)?${value}`, 'gi'), `$1${hidden}`],
  [new RegExp(`((?<!\\S)(?=-)${named}\\s+)${value}`, 'gi'), `$1${hidden}`],
  [new RegExp(`((?<!\\S)(?:-e\\s*|--env[\\s=])\\w+=)${value}`, 'g'), `$1${hidden}`],
  [/(:\/\/)[^/\s@]+(?=@)/g, `$1${hidden}`],
]

/** Anybody chooses how long a command line is. */
const longest = 1000

/** A command line as it may be logged: what is a secret in it by its name, or a container's environment, is left out. Pure. */
export function commandWords(argv: readonly string[]): string {
  const words = within(longest, argv)
  return words
    .map((word, index) => {
      const before = index > 1 ? (words[index - 1] ?? '') : ''
      if (secretOption.test(before) && !word.startsWith('-')) return hidden
      const shown = environment.test(before) ? word.replace(/=.*$/s, `=${hidden}`) : word
      return inText.reduce((text, [pattern, put]) => text.replace(pattern, put), shown)
    })
    .join(' ')
}

function within(characters: number, argv: readonly string[]): readonly string[] {
  let left = characters
  const words: string[] = []
  for (const word of argv) {
    words.push(word.length > left ? `${word.slice(0, left)}…` : word)
    left -= word.length + 1
    if (left <= 0) break
  }
  return words
}
