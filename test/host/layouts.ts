import { bridgeNames, dockerLayouts, type Extra, type LabOptions } from '../lab/options.js'
import { tamperings } from './tampering.js'

/** A host as it may be found. */
export interface HostLayout {
  readonly name: string
  readonly lab: LabOptions
  /** taskfence was here before; false: the host is as others left it. */
  readonly fenced: boolean
  /** What happened then. */
  readonly commands: readonly string[]
  /** `apply` must leave every claim true. */
  readonly repairable: boolean
}

const backends = ['nf_tables', 'legacy'] as const
const layout = (name: string, lab: LabOptions, rest: Partial<HostLayout> = {}): HostLayout => ({
  fenced: false,
  commands: [],
  repairable: true,
  ...rest,
  name,
  lab,
})

const engines = backends.flatMap(backend =>
  dockerLayouts.map(docker => layout(`${backend}, ${docker}`, { backend, docker })),
)

const neighbours: readonly (readonly Extra[])[] = [
  ['ecs-init'],
  ['firewalld'],
  ['ufw'],
  ['cis-input-drop'],
  ['bridged-uplink'],
  ['bridged-uplink', 'br-netfilter'],
  ['second-nic'],
  ['no-nft'],
  ['no-nft', 'ecs-init'],
  ['no-nft', 'cis-input-drop'],
  ['no-default-route'],
  ['metadata-resolver'],
  ['br-netfilter'],
  ['ecs-init', 'firewalld', 'second-nic'],
  ['ecs-init', 'ufw'],
  ['ecs-init', 'cis-input-drop'],
]

const extras = neighbours.flatMap((extras, index) =>
  backends.map((backend, turn) => {
    const docker = (['docker20', 'docker28', 'docker26'] as const)[(index + turn) % 3] ?? 'docker20'
    return layout(`${backend}, ${docker}, ${extras.join(' + ')}`, { backend, docker, extras })
  }),
)

const others = [
  layout('awsvpc tasks too', { bridges: bridgeNames }),
  layout('awsvpc tasks alone', { bridges: ['ecs-bridge'], docker: 'none' }),
  layout('no IPv6', { ipv6: false }),
  layout('no IPv6, legacy', { ipv6: false, backend: 'legacy', docker: 'docker28' }),
  layout("Docker's nftables backend, firewalld", { docker: 'docker29-nftables', extras: ['firewalld'] }),
]

/** Behind the fence each on one backend; without nft on the other, where the literal rules are all there is. */
const tampered = backends.flatMap((backend, turn) =>
  tamperings(backend).flatMap(({ name, commands, nft, lasting }, index) => {
    const docker = backend === 'legacy' ? 'docker28' : 'docker20'
    const rest = { fenced: true, commands, repairable: lasting !== true }
    if (nft === true) return backend === 'legacy' ? [] : [layout(`fence: ${name}`, { backend, docker }, rest)]
    if (index % 2 === turn) return [layout(`${backend}, fence: ${name}`, { backend, docker }, rest)]
    const alone = { backend, docker, extras: ['no-nft'] } as const
    return index < 16 ? [layout(`${backend}, literal rules alone: ${name}`, alone, rest)] : []
  }),
)

export const layouts: readonly HostLayout[] = [...engines, ...extras, ...others, ...tampered]
