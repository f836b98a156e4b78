import { credentials, metadata, subnetOf, uplink } from './addresses.js'
import type { Agent } from './agent.js'
import { dockerRules, engineOf, type Rules } from './docker-rules.js'
import { mustExecute } from './execute.js'
import { extraRules } from './extra-rules.js'
import type { Lab } from './lab.js'
import type { Base, Namespace } from './namespaces.js'
import { hostLinks, hostRoutes, hostSysctls, placeLines, placesOf, type Place } from './network.js'
import { amazonLinux, ecsUnit, type LabOptions, type Layout } from './options.js'
import {
  credentialsEndpoint,
  dockerEngine,
  ecsConfig,
  introspectionEndpoint,
  metadataService,
  someProgram,
} from './stand-ins.js'
import { find } from './tools.js'

/** Links, addresses and routes. */
export async function connect(lab: Lab, base: Base, namespaceOf: (place: Place) => Namespace): Promise<void> {
  const ip = async (input: string, namespace: Namespace = base) => {
    await mustExecute(base.enterNetwork([find('ip'), '-batch', '-'], namespace), { input: `${input}\n` })
  }
  const { layout } = lab
  await sysctls(lab.agent('host'), hostSysctls(layout))
  await ip(hostLinks(layout, place => namespaceOf(place).pid))
  await Promise.all(placesOf(layout).map(place => ip(placeLines(layout, place), namespaceOf(place))))
  await ip(hostRoutes(layout))
}

/** Files, servers and rules. */
export async function furnish(lab: Lab, options: LabOptions): Promise<void> {
  const { layout } = lab
  const resolver = layout.has('metadata-resolver') ? metadata.ipv4 : uplink.router.ipv4
  await Promise.all([
    lab.write('/etc/os-release', options.osRelease ?? amazonLinux),
    ...(layout.has('agent-on-bridge') ? [] : [lab.write('/etc/systemd/system/ecs.service', ecsUnit)]),
    lab.write('/etc/ecs/ecs.config', ecsConfig),
    lab.write('/etc/resolv.conf', `nameserver ${resolver}\n`),
    ...serve(lab),
    lay(lab, [
      dockerRules(layout.docker, layout.bridges, layout.ipv6),
      ...extraRules(extra => layout.has(extra), layout.bridges),
    ]),
  ])
}

function serve(lab: Lab): readonly Promise<unknown>[] {
  const { layout } = lab
  const any = layout.ipv6 ? '::' : '0.0.0.0'
  const host = lab.agent('host')
  const router = lab.agent('router')
  const engine = engineOf(layout.docker)
  return [
    ...(layout.has('no-agent')
      ? []
      : [
          host.ask({ op: 'serve', listen: { host: '127.0.0.1', port: 51679 }, answers: credentialsEndpoint }),
          host.ask({ op: 'serve', listen: { host: any, port: 51678 }, answers: introspectionEndpoint }),
        ]),
    host.ask({ op: 'serve', listen: { host: '127.0.0.1', port: 51999 }, answers: someProgram }),
    ...(layout.ipv6 ? [metadata.ipv4, metadata.ipv6] : [metadata.ipv4]).map(host =>
      router.ask({ op: 'serve', listen: { host, port: 80 }, answers: metadataService }),
    ),
    ...(layout.has('credentials-elsewhere')
      ? [router.ask({ op: 'serve', listen: { host: credentials, port: 80 }, answers: someProgram })]
      : []),
    ...(engine === null
      ? []
      : [
          host.ask({
            op: 'serve',
            listen: { path: '/run/docker.sock' },
            answers: dockerEngine(
              engine,
              containersOf(layout),
              layout.has('agent-on-bridge') ? 'bridge' : 'host',
            ),
          }),
        ]),
  ]
}

const containersOf = (layout: Layout) =>
  layout.bridges
    .filter(bridge => bridge !== 'ecs-bridge')
    .map(bridge => ({
      name: `task-on-${bridge}`,
      network: bridge === 'docker0' ? 'bridge' : bridge,
      addresses: subnetOf(bridge).task,
    }))

/** Each in its turn: the later ones insert above the earlier. */
async function lay(lab: Lab, all: readonly Rules[]): Promise<void> {
  for (const { ipv4, ipv6, nft } of all)
    await Promise.all([
      ipv4 === undefined ? null : lab.must(['iptables-restore', '--noflush'], { input: ipv4 }),
      ipv6 === undefined || !lab.layout.ipv6
        ? null
        : lab.must(['ip6tables-restore', '--noflush'], { input: ipv6 }),
      // By its path: the lab may hide nft from its own programs.
      nft === undefined ? null : mustExecute(lab.enter([find('nft'), '-f', '-']), { input: nft }),
    ])
}

async function sysctls(agent: Agent, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, text] of Object.entries(values))
    await agent.ask({ op: 'poke', path: `/proc/sys/${key}`, text })
}
