import { bridgeNames, type BridgeName } from './options.js'

export interface Subnet {
  readonly bridge: { readonly ipv4: string; readonly ipv6: string }
  readonly task: { readonly ipv4: string; readonly ipv6: string }
  readonly network: { readonly ipv4: string; readonly ipv6: string }
  readonly prefix: number
}

/** Each bridge's addresses: 172.17.0.0/16 and fd17::/64 for docker0 and so on; awsvpc tasks have a network of their own. */
export function subnetOf(bridge: BridgeName): Subnet {
  const number = 17 + bridgeNames.indexOf(bridge)
  const v6 = `fd${number}::`
  const [first, prefix, base] =
    bridge === 'ecs-bridge'
      ? (['169.254.172', 22, '169.254.172.0/22'] as const)
      : ([`172.${number}.0`, 16, `172.${number}.0.0/16`] as const)
  return {
    bridge: { ipv4: `${first}.1`, ipv6: `${v6}1` },
    task: { ipv4: `${first}.2`, ipv6: `${v6}2` },
    network: { ipv4: base, ipv6: `${v6}/64` },
    prefix,
  }
}

export const uplink = {
  host: { ipv4: '10.0.0.10', ipv6: 'fd10::10' },
  router: { ipv4: '10.0.0.1', ipv6: 'fd10::1' },
  neighbour: { ipv4: '10.0.0.5', ipv6: 'fd10::5' },
  machine: { ipv4: '10.0.0.20', ipv6: 'fd10::20' },
} as const

export const second = {
  host: { ipv4: '10.1.0.10', ipv6: 'fd11::10' },
  neighbour: { ipv4: '10.1.0.1', ipv6: 'fd11::1' },
} as const

export const metadata = { ipv4: '169.254.169.254', ipv6: 'fd00:ec2::254' } as const
export const credentials = '169.254.170.2'
