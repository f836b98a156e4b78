import type { IamVerdict, LintedFile } from '../model/iam.js'

export const iamVerdict = (files: readonly LintedFile[]): IamVerdict => {
  if (files.some(({ findings }) => findings.length > 0)) return 'findings'
  return files.some(({ unknown }) => unknown.length > 0) ? 'unknown' : 'fine'
}
