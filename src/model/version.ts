/** By their numbers: "1.9.2" is older than "1.11.0". A part that is missing counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const left = numbers(version)
  const right = numbers(than)
  const differing = [0, 1, 2].find(index => (left[index] ?? 0) !== (right[index] ?? 0))
  return differing !== undefined && (left[differing] ?? 0) < (right[differing] ?? 0)
}

const numbers = (version: string): readonly number[] =>
  version.split('.').map(part => parseInt(part, 10) || 0)
