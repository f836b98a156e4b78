/** The scripts in windows/settings, each about one condition. */
export const windowsSettings = [
  'variable',
  'proxy-service',
  'address',
  'route',
  'firewall',
  'portproxy',
] as const
export type WindowsSettingName = (typeof windowsSettings)[number]

export const windowsVariables = [
  'ECS_ENABLE_TASK_IAM_ROLE',
  'ECS_ENABLE_TASK_ENI',
  'ECS_AWSVPC_BLOCK_IMDS',
] as const
export type WindowsVariable = (typeof windowsVariables)[number]

/** What a script says of its setting. */
export interface SettingAnswer {
  /** "address", "variable ECS_ENABLE_TASK_IAM_ROLE" */
  readonly setting: string
  /** null: could not be told. */
  readonly holds: boolean | null
  /** How it holds: "169.254.170.2/32 on vEthernet (nat)". */
  readonly state: string | null
  /** Why it does not, or could not be told. */
  readonly because: string | null
  readonly hint: string | null
}

export interface WindowsService {
  /** "Running", "Stopped", … */
  readonly status: string
  /** "Automatic", "Manual", "Disabled" */
  readonly startType: string
  /** 0: it does not run. */
  readonly processId: number
}

export type WindowsServiceName = 'AmazonECS' | 'docker' | 'iphlpsvc'

/** What only a Windows host has; what is null and stands in `unknown` could not be told. */
export interface WindowsFacts {
  /** "20348"; each release of Windows Server has its own. */
  readonly build: number
  /** null in it: there is no such service. */
  readonly services: Readonly<Record<WindowsServiceName, WindowsService | null>> | null
  /** The version of AWS's module for container instances; null: not there. */
  readonly ecsTools: string | null
  /** The state of the scheduled task Initialize-ECSHostReboot, by which ECSTools repairs a host; null: not there. */
  readonly rebootTask: string | null
  /** Of docker's network "nat": "172.24.0.0/20"; null: not told. */
  readonly subnet: string | null
  /** Adapters that may have the credentials address, the first of choice first. */
  readonly adapters: readonly string[] | null
  /** Who listens on port 80 of every address, or of the credentials address. */
  readonly port80: readonly { readonly address: string; readonly program: string }[] | null
  /** Ports of ours that Windows keeps for itself. */
  readonly excludedPorts: readonly number[] | null
  /** Machine variables as services get them when they start; null in it: not set. */
  readonly variables: Readonly<Record<string, string | null>> | null
  readonly settings: readonly SettingAnswer[]
  /** The reasons, by the names above. */
  readonly unknown: Readonly<Record<string, string>>
}
