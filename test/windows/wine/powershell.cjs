// In place of powershell.exe under wine: hands its words and its input to the test, and prints what comes back.
const { connect } = require('node:net')

const socket = connect(Number(process.env.TASKFENCE_TEST_PORT), '127.0.0.1')
const tell = message => socket.write(`${JSON.stringify(message)}\n`)
tell({ words: process.argv.slice(2) })
process.stdin.setEncoding('utf8')
process.stdin.on('data', input => tell({ input }))
let isOver = false
const over = () => {
  if (!isOver) tell({ over: true })
  isOver = true
}
process.stdin.on('end', over)
// Without an input there is none to end.
process.stdin.on('error', over)

let text = ''
socket.setEncoding('utf8')
socket.on('data', piece => {
  text += piece
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
    const { stdout = '', stderr = '', exitCode } = JSON.parse(text.slice(0, end))
    text = text.slice(end + 1)
    if (stderr !== '') process.stderr.write(stderr)
    const leave = () => {
      if (exitCode !== undefined) process.exit(exitCode)
    }
    if (stdout === '') leave()
    else process.stdout.write(stdout, leave)
  }
})
