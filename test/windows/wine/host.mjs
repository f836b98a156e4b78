// The pretended Windows host of a test, in a network namespace of its own: the agent's two servers, programs under
// wine, and the powershell.exe they call. Speaks JSON lines with the test: see wine.ts.
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer as createHttp } from 'node:http'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const [folder, engine, scripts] = process.argv.slice(2)
const prefix = `${folder}/prefix`
const say = message => process.stdout.write(`${JSON.stringify(message)}\n`)

// Sockets belong to wine's server: one that still runs would be in the network namespace it was started in.
const endServer = () =>
  spawnSync('/usr/lib/wine/wineserver64', ['-k'], { env: { WINEPREFIX: prefix, HOME: process.env.HOME } })
endServer()
spawnSync('ip', ['link', 'set', 'lo', 'up'])
spawnSync('ip', ['address', 'add', '169.254.170.2/32', 'dev', 'lo'])
createHttp((_request, response) =>
  response.end('{"Cluster":"c","Version":"Amazon ECS Agent - v1.99.0 (0123abcd)"}'),
).listen(51678, '127.0.0.1')

/** The proxy of the world, open while it leads to the agent. */
const endpoint = createHttp((_request, response) => response.writeHead(400).end('{}'))
const serve = isOpen =>
  new Promise(done => {
    if (isOpen === endpoint.listening) done()
    else if (isOpen) endpoint.listen(80, '169.254.170.2', done)
    else endpoint.close(done)
  })

const calls = new Map()
const server = createServer(socket => {
  const id = calls.size
  calls.set(id, socket)
  let words
  let input = ''
  socket.on('error', () => undefined)
  createInterface({ input: socket }).on('line', line => {
    const message = JSON.parse(line)
    words ??= message.words
    if (words[3]?.endsWith('Hold-Lock.ps1')) return void holdLock(socket, words, message)
    input += message.input ?? ''
    if (message.over) say({ call: id, words, input })
  })
})

/** For real, on the file as Linux sees it: it lives as long as the program that started it. */
const holders = new Map()
function holdLock(socket, words, message) {
  if (message.words) {
    const args = words.slice(4).map(word => word.replace(/^C:/, `${prefix}/drive_c`).replaceAll('\\', '/'))
    const child = spawn('dotnet', [engine, `${scripts}/Hold-Lock.ps1`, ...args])
    holders.set(socket, child)
    const answer = reply => socket.writable && socket.write(`${JSON.stringify(reply)}\n`)
    child.stdout.on('data', data => answer({ stdout: data.toString() }))
    child.stderr.on('data', data => answer({ stderr: data.toString() }))
    child.on('close', code => answer({ exitCode: code ?? 1 }))
    child.stdin.on('error', () => undefined)
    socket.on('close', () => child.kill())
  }
  const child = holders.get(socket)
  if (message.input) child.stdin.write(message.input)
  if (message.over) child.stdin.end()
}

const environment = port => ({
  HOME: process.env.HOME,
  // Without it wine has no name for a file beyond ASCII.
  LANG: 'C.UTF-8',
  PATH: process.env.PATH,
  WINEPREFIX: prefix,
  WINEDEBUG: '-all',
  TASKFENCE_TEST_PORT: String(port),
})

/** Under wine standard output has to be a file. */
function run({ run: id, args }) {
  const paths = [`${folder}/stdout.${id}`, `${folder}/stderr.${id}`]
  const files = paths.map(path => openSync(path, 'w'))
  const child = spawn('/usr/lib/wine/wine64', [`${folder}/node/bin/node.exe`, ...args], {
    stdio: ['ignore', ...files],
    env: environment(server.address().port),
  })
  child.on('close', exitCode => {
    files.forEach(closeSync)
    const [stdout, stderr] = paths.map(path => readFileSync(path, 'utf8'))
    say({ ended: id, exitCode, stdout, stderr })
  })
}

server.listen(0, '127.0.0.1', () => say({ ready: true }))
createInterface({ input: process.stdin })
  .on('line', async line => {
    const message = JSON.parse(line)
    if ('run' in message) return run(message)
    await serve(message.serves)
    if ('answer' in message) calls.get(message.answer).write(`${JSON.stringify(message.reply)}\n`)
  })
  .on('close', () => {
    endServer()
    process.exit()
  })
