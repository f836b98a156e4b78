import type { Route } from '../model/facts.js'

const rtfReject = 0x200

/** /proc/net/route, in the kernel's order (include/uapi/linux/route.h; addresses are hexadecimal in host byte order, which is little-endian on every EC2 machine). */
export function parseRoutes(text: string): readonly Route[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap(line => {
      const [device, destination = '', , flags, , , , mask = ''] = line.trim().split(/\s+/)
      // A blackhole has no device and no flag that says so.
      if (
        device === undefined ||
        device === '*' ||
        !/^[0-9A-F]{8} [0-9A-F]{8}$/.test(`${destination} ${mask}`)
      )
        return []
      if ((parseInt(flags ?? '0', 16) & rtfReject) !== 0) return []
      const ones = parseInt(mask, 16).toString(2).replaceAll('0', '').length
      return [{ destination: `${dotted(destination)}/${ones}`, device }]
    })
}

/** Destination and its prefix, source and its prefix, next hop, metric, two counters, flags, device. */
const route6 = /^\s*([0-9a-f]{32}) ([0-9a-f]{2}) +(?:[0-9a-f]+ +){6}([0-9a-f]+) +(\S+)\s*$/

/** /proc/net/ipv6_route; the kernel's own "unreachable default" on lo is none. */
export function parseRoutes6(text: string): readonly Route[] {
  return text.split('\n').flatMap(line => {
    const [, destination = '', prefix = '', flags = '', device] = route6.exec(line) ?? []
    if (device === undefined || (parseInt(flags, 16) & rtfReject) !== 0) return []
    const groups = [0, 4, 8, 12, 16, 20, 24, 28].map(at => destination.slice(at, at + 4))
    return [{ destination: `${groups.join(':')}/${parseInt(prefix, 16)}`, device }]
  })
}

/** The devices of default routes, each once. */
export const defaultDevices = (routes: readonly Route[]): readonly string[] => [
  ...new Set(routes.filter(route => route.destination.endsWith('/0')).map(route => route.device)),
]

const dotted = (hex: string): string => [6, 4, 2, 0].map(at => parseInt(hex.slice(at, at + 2), 16)).join('.')
