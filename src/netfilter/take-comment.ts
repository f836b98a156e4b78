/** A comment may stand between other matches, or hold words that look like them. */
export function takeComment(args: readonly string[]): {
  readonly tokens: readonly string[]
  readonly comment: string | null
} {
  const at = args.findIndex(
    (word, i) =>
      word === '-m' && args[i + 1] === 'comment' && args[i + 2] === '--comment' && i + 3 < args.length,
  )
  if (at < 0) return { tokens: args, comment: null }
  const rest = takeComment(args.slice(at + 4))
  return { tokens: [...args.slice(0, at), ...rest.tokens], comment: args[at + 3] ?? null }
}
