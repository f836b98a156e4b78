import { connect } from 'node:net'
import type { HttpRequest } from './host.js'
import { once } from './once.js'
import type { Listener, Running } from './signals.js'

const largestHead = 16 * 1024
const largestLine = 1024 * 1024

/**
 * The lines of an answer that goes on, in HTTP/1.0, where they come as they are: Node's own client takes more memory than
 * all the daemon keeps beside it, for what nobody here needs of it.
 */
export function follow(request: HttpRequest, listener: Listener): Running {
  const { socketPath, address, port, path, timeoutMs } = request
  const { end, isOver, close } = once(listener)
  const socket = connect(
    socketPath === undefined ? { host: address ?? '', port: port ?? 0 } : { path: socketPath },
  )
  const over = (why: string) => {
    clearTimeout(clock)
    socket.destroy()
    end(why)
  }
  // Only until the answer begins: after that, silence is what one expects.
  const clock = setTimeout(over, timeoutMs, `did not answer in ${timeoutMs / 1000} s`)
  let hasBegun = false
  let rest = ''
  const begins = (): boolean => {
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd < 0) {
      if (rest.length > largestHead) over('its headers do not end')
      return false
    }
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(rest)?.[1]
    if (status !== '200') {
      over(status === undefined ? 'answered no HTTP' : `answered with status ${status}`)
      return false
    }
    clearTimeout(clock)
    rest = rest.slice(headEnd + 4)
    return true
  }
  socket.setEncoding('utf8')
  socket.on('data', (piece: string) => {
    if (isOver()) return
    rest += piece
    if (!(hasBegun ||= begins())) return
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (!isOver()) listener.line(line)
    if (rest.length > largestLine) over('a line of its answer does not end')
  })
  socket.on('error', error => {
    over(error.message)
  })
  socket.on('close', () => {
    over('the answer ended')
  })
  socket.write(`GET ${path} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
  return {
    stop() {
      close()
      clearTimeout(clock)
      socket.destroy()
      return Promise.resolve()
    },
  }
}
