import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = 'test/report/golden'

interface Asserts {
  equal(found: string, wanted: string, message: string): boolean
}

/** Compares with a file that people read in review. GOLDEN=write makes the files anew. */
export function golden(test: Asserts, name: string, text: string): void {
  const path = join(folder, name)
  if (process.env['GOLDEN'] === 'write') writeFileSync(path, text)
  test.equal(text, readFileSync(path, 'utf8'), name)
}
