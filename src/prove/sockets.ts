import type { Host } from '../host/host.js'
import type { CallResult } from './prober-protocol.js'

/** Where on this host an open IPv4 connection ended, "127.0.0.1:51679", from /proc/net/tcp (proc_pid_net(5)); undefined: not here, or not open. */
export async function endOf(result: CallResult, fromPort: number, host: Host): Promise<string | undefined> {
  if (result.outcome !== 'connected' || result.from.includes(':')) return undefined
  const far = `${hexAddress(result.from)}:${fromPort.toString(16).toUpperCase().padStart(4, '0')}`
  // A socket of both families is listed under IPv6, its addresses ending in IPv4's.
  for (const path of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of ((await host.files.read(path)) ?? '').split('\n').slice(1)) {
      const [, local, remote] = line.trim().split(/\s+/)
      if (local !== undefined && remote?.endsWith(far) === true) return spelled(local)
    }
  }
  return undefined
}

/** The kernel prints the four bytes as one little-endian number. */
const hexAddress = (address: string): string =>
  address
    .split('.')
    .reverse()
    .map(part => Number(part).toString(16).toUpperCase().padStart(2, '0'))
    .join('')

function spelled(socket: string): string {
  const [address = '', port = ''] = socket.split(':')
  const bytes = (address.slice(-8).match(/../g) ?? []).reverse().map(byte => parseInt(byte, 16))
  return `${bytes.join('.')}:${parseInt(port, 16)}`
}
