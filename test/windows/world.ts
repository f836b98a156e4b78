/** A Windows host, as stand-ins/Windows.psm1 pretends it. Only what the scripts ask for. */
export interface World {
  /** Seconds. Start-Sleep moves it. */
  clock: number
  administrator: boolean
  os: { Caption: string; BuildNumber: string; ProductType: number }
  tasks: { TaskName: string; State: string; [more: string]: unknown }[]
  /** Access lists, by path. */
  files?: Record<string, { owner: string; rules: { who: string; kind: 'Allow' | 'Deny'; rights: number }[] }>
  /** What changes while a script waits, a wait at a time. */
  later?: Partial<World>[]
  /** The folder of our scripts, for a pretended `taskfence apply`; or how that ends. */
  scripts?: string
  apply?: number
  /** Cmdlets that answer "Access is denied". */
  denied: string[]
  /** Every change, in order. */
  done: string[]
  adapters: { Name: string; ifIndex: number; appearsAt: number }[]
  addresses: Address[]
  /** Seconds until a new address is Preferred; null: it never is. */
  preferredAfter: number | null
  /** What a new address becomes then. */
  becomes: string
  /** Addresses made so far. */
  births: number
  routes: {
    DestinationPrefix: string
    InterfaceIndex: number
    NextHop: string
    AddressFamily: string
    RouteMetric?: number
  }[]
  services: Record<string, Service>
  portproxy: Entry[]
  /** Listeners of others. */
  listeners: { LocalAddress: string; LocalPort: number; OwningProcess: number }[]
  processes: Record<string, string>
  firewall: Rule[]
  machine: Record<string, string>
  /** docker's network "nat"; null: docker does not answer. */
  subnet: string | null
  excluded: [number, number][]
  /** As Docker's API lists them. */
  containers: object[]
}

export interface Address {
  IPAddress: string
  PrefixLength: number
  InterfaceIndex: number
  AddressFamily: string
  AddressState: string
  /** Which of the addresses that ever were this is: a listener is bound to one of them. */
  birth: number
  preferredAt?: number | null
  becomes?: string
}

export interface Service {
  Status: string
  StartType: string
  ProcessId: number
  /** It cannot be started. */
  broken?: boolean
}

export interface Entry {
  listenaddress: string
  listenport: number
  connectaddress: string
  connectport: number
  /** The address it listens on, by its birth; null: it does not listen. */
  bound: number | null
}

export interface Rule {
  Name: string
  DisplayName: string
  Enabled: string
  Direction: string
  Action: string
  Protocol: string
  LocalPort: string
}

export const credentials = '169.254.170.2'
export const nat = 12

/** A host that docker and the agent were installed on, and nobody set up for task roles. */
export const freshWorld = (): World => ({
  clock: 0,
  administrator: true,
  os: { Caption: 'Microsoft Windows Server 2022 Datacenter', BuildNumber: '20348', ProductType: 3 },
  tasks: [],
  denied: [],
  done: [],
  adapters: [
    { Name: 'Ethernet', ifIndex: 4, appearsAt: 0 },
    { Name: 'vEthernet (nat)', ifIndex: nat, appearsAt: 0 },
  ],
  addresses: [
    { ...onInterface(4), IPAddress: '10.0.0.10', PrefixLength: 24, birth: 1 },
    { ...onInterface(nat), IPAddress: '172.24.0.1', PrefixLength: 20, birth: 2 },
  ],
  preferredAfter: 3,
  becomes: 'Preferred',
  births: 2,
  routes: [{ DestinationPrefix: '0.0.0.0/0', InterfaceIndex: 4, NextHop: '10.0.0.1', AddressFamily: 'IPv4' }],
  services: {
    iphlpsvc: { Status: 'Running', StartType: 'Automatic', ProcessId: 900 },
    docker: { Status: 'Running', StartType: 'Automatic', ProcessId: 2000 },
    AmazonECS: { Status: 'Running', StartType: 'Automatic', ProcessId: 3000 },
  },
  portproxy: [],
  listeners: [{ LocalAddress: '0.0.0.0', LocalPort: 3389, OwningProcess: 700 }],
  processes: {
    4: 'System',
    700: 'svchost',
    900: 'svchost',
    1234: 'nginx',
    2000: 'dockerd',
    3000: 'amazon-ecs-agent',
  },
  firewall: [],
  machine: {},
  subnet: '172.24.0.0/20',
  excluded: [[50000, 50059]],
  containers: [
    {
      Id: 'a1',
      Names: ['/ecs-web-3-web-1'],
      Image: 'web',
      Labels: {
        'com.amazonaws.ecs.task-arn': 'arn:aws:ecs:eu-west-1:123456789012:task/c/0123',
        'com.amazonaws.ecs.task-definition-family': 'web',
        'com.amazonaws.ecs.task-definition-version': '3',
        'com.amazonaws.ecs.container-name': 'web',
      },
      HostConfig: { NetworkMode: 'nat' },
      NetworkSettings: { Networks: { nat: { IPAddress: '172.24.5.6', GlobalIPv6Address: '' } } },
    },
  ],
})

const onInterface = (index: number) => ({
  InterfaceIndex: index,
  AddressFamily: 'IPv4',
  AddressState: 'Preferred',
})

/** As ECSTools leaves a host, in either of its variants. */
export function workingWorld(variant: 'today' | 'older' = 'today'): World {
  const world = freshWorld()
  const adapter = variant === 'today' ? nat : 15
  if (variant === 'older')
    world.adapters.push({ Name: 'vEthernet (HNS APIPA)', ifIndex: adapter, appearsAt: 0 })
  world.births = 3
  world.addresses.push({ ...onInterface(adapter), IPAddress: credentials, PrefixLength: 32, birth: 3 })
  world.routes.push({
    DestinationPrefix: '172.24.0.0/20',
    InterfaceIndex: adapter,
    NextHop: '0.0.0.0',
    AddressFamily: 'IPv4',
  })
  world.portproxy.push({
    listenaddress: credentials,
    listenport: 80,
    connectaddress: variant === 'today' ? '127.0.0.1' : credentials,
    connectport: 51679,
    bound: 3,
  })
  world.firewall.push(agentRule('{0a1b}'))
  world.machine['ECS_ENABLE_TASK_IAM_ROLE'] = 'true'
  return world
}

export const agentRule = (Name: string): Rule => ({
  Name,
  DisplayName: 'Allow Inbound Port 51679',
  Enabled: 'True',
  Direction: 'Inbound',
  Action: 'Allow',
  Protocol: 'TCP',
  LocalPort: '51679',
})

/** docker's network is made anew: address and route are gone, the adapter has another index, the proxy still listens. */
export function restart(world: World): World {
  const after = structuredClone(world)
  const adapter = after.adapters.find(({ Name }) => Name === 'vEthernet (nat)')
  if (adapter !== undefined) adapter.ifIndex = 21
  after.adapters = after.adapters.filter(({ Name }) => !Name.includes('APIPA'))
  after.addresses = after.addresses
    .filter(({ IPAddress }) => IPAddress !== credentials)
    .map(address => (address.InterfaceIndex === nat ? { ...address, InterfaceIndex: 21 } : address))
  after.routes = after.routes.filter(({ InterfaceIndex }) => InterfaceIndex === 4)
  return after
}

/** Whether what a task sends to 169.254.170.2:80 comes to the agent. */
export function answers(world: World): boolean {
  const address = world.addresses.find(
    ({ IPAddress, AddressState }) => IPAddress === credentials && AddressState === 'Preferred',
  )
  return (
    address !== undefined &&
    world.routes.some(({ DestinationPrefix }) => DestinationPrefix === world.subnet) &&
    world.services['iphlpsvc']?.Status === 'Running' &&
    world.portproxy.some(
      ({ listenaddress, listenport, connectport, bound }) =>
        listenaddress === credentials &&
        listenport === 80 &&
        connectport === 51679 &&
        bound === address.birth,
    )
  )
}
