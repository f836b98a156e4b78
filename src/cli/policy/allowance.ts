import { isIPv4, isIPv6 } from 'node:net'

// Each answers what is wrong with a text, or undefined.

/** Stricter than the kernel: the name stands in rules, where a quote or a leading dash would mean something. */
export function bridgeFault(name: string): string | undefined {
  if (/[+*?]/.test(name)) return 'expected the name of one bridge, not a pattern'
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(name))
    return 'expected the name of an interface: 1 to 15 letters, digits, "_", "-" or "."'
  return undefined
}

/** As Amazon ECS names families (RegisterTaskDefinition). */
export function familyFault(family: string): string | undefined {
  if (/[+*?]/.test(family)) return 'expected one family, not a pattern'
  if (/:\d+$/.test(family)) return 'expected a family without a revision'
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(family))
    return 'expected the family of a task definition: 1 to 255 letters, digits, "_" or "-"'
  return undefined
}

export function reasonFault(reason: string): string | undefined {
  if (reason.trim() === '') return 'expected a reason: every report shows it'
  if (/\p{Cc}/u.test(reason)) return 'expected one line without control characters'
  return undefined
}

export function cidrFault(cidr: string): string | undefined {
  const parsed = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(cidr)
  const [, address = '', digits = ''] = parsed ?? []
  const bits = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0
  const prefix = Number(digits)
  if (bits === 0 || prefix > bits || String(prefix) !== digits)
    return 'expected an address range such as "10.3.0.0/16" or "fd12:3456::/32"'
  if (bits === 128 && address.includes('.')) return 'expected an IPv4 range written as IPv4'
  const shortest = bits === 32 ? 8 : 16
  if (prefix < shortest)
    return `too wide: /${prefix} would open the metadata service to nearly everybody; /${shortest} is the widest`
  const canonical = canonicalCidr(cidr)
  if (canonical !== cidr.toLowerCase())
    return `expected ${JSON.stringify(canonical)}, as the kernel writes it`
  return undefined
}

/** "10.1.2.3/8" → "10.0.0.0/8", "FD00:0::1/64" → "fd00::/64": no bits behind the prefix, shortest form, lower case. */
export function canonicalCidr(cidr: string): string {
  const [address = '', prefix = ''] = cidr.split('/')
  const groups = isIPv4(address) ? address.split('.').map(Number) : ipv6Groups(address)
  const size = isIPv4(address) ? 8 : 16
  const masked = groups.map((group, index) => {
    const kept = Math.min(Math.max(Number(prefix) - index * size, 0), size)
    return (group >> (size - kept)) << (size - kept)
  })
  return `${isIPv4(address) ? masked.join('.') : shortIpv6(masked)}/${prefix}`
}

function ipv6Groups(address: string): readonly number[] {
  const [head = '', tail] = address.split('::')
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map(group => parseInt(group, 16)))
  const front = numbers(head)
  const back = numbers(tail ?? '')
  return [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
}

/** URLs hold IPv6 addresses in the form of RFC 5952, which is the kernel's too. */
const shortIpv6 = (groups: readonly number[]): string =>
  new URL(`http://[${groups.map(group => group.toString(16)).join(':')}]`).hostname.slice(1, -1)
