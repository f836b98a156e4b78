// Run as on Windows by wine.long.ts: what the program promises of files, on that file system. Prints one JSON object.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { nodeFiles } from '../../../src/host/node-files.js'

const folder = 'C:\\ProgramData\\Amazon\\ta sk \u00e4'
mkdirSync(folder, { recursive: true })
const path = `${folder}\\state.json`
const long = (letter: string) => letter.repeat(100_000)
const messageOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (error: unknown) => String(error),
  )

async function main(): Promise<void> {
  const missing = await nodeFiles.read(path)
  await nodeFiles.write(path, long('a'))
  const seen = new Set<string>()
  const reader = setInterval(() => {
    const text = readFileSync(path, 'utf8')
    seen.add(`${text.length} ${new Set(text).size}`)
    // Who reads without a pause leaves a writer no moment.
  }, 10)
  try {
    for (let round = 0; round < 20; round++) await nodeFiles.write(path, long(round % 2 === 0 ? 'b' : 'a'))
  } finally {
    clearInterval(reader)
  }
  mkdirSync(`${folder}\\in the way`)
  writeFileSync(`${folder}\\file`, '')
  const answer = {
    missing,
    seen: [...seen],
    left: readdirSync(folder).filter(name => name.startsWith('.taskfence')),
    ontoFolder: await messageOf(nodeFiles.write(`${folder}\\in the way`, 'x')),
    folderOnFile: await messageOf(nodeFiles.mkdir(`${folder}\\file`, 0o700)),
    folderTwice: await messageOf(nodeFiles.mkdir(`${folder}\\in the way`, 0o700)),
    removed: await messageOf(nodeFiles.remove(path)),
    removedAgain: await messageOf(nodeFiles.remove(path)),
    listed: await nodeFiles.list(folder),
    listedNowhere: await nodeFiles.list(`${folder}\\nowhere`),
  }
  process.stdout.write(JSON.stringify(answer))
}

void main()
