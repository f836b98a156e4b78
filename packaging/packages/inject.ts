import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, readFileSync } from 'node:fs'

/** What Node looks for in itself, and finds changed where a program was put into it. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** Can a program be put into this Node? Not where it lies in a shared library, as distributions may build it. */
export const isFused = (node: string): boolean => readFileSync(node).includes(`${fuse}:0`)

/** Makes an executable at `path` of that Node and of what `node --experimental-sea-config` made. */
export function inject(node: string, blob: string, path: string): void {
  copyFileSync(node, path)
  chmodSync(path, 0o755)
  // It warns of each section of Node that it does not know; where it fails, the error tells what it said.
  execFileSync(process.execPath, ['-e', program, path, blob, fuse], { stdio: 'pipe' })
}

const program = `
  const [, path, blob, sentinelFuse] = process.argv
  require('postject').inject(path, 'NODE_SEA_BLOB', require('node:fs').readFileSync(blob), { sentinelFuse })`
