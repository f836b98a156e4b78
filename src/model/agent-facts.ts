/** A version, and who told it: "introspection", "rpm ecs-init", … */
export interface ToldVersion {
  readonly source: string
  readonly version: string
}

export interface AgentFacts {
  /** "1.105.1"; null where nobody tells. */
  readonly version: string | null
  readonly running: boolean
  /** Who told `version`. */
  readonly source: string
  /** Everybody who told a version; they may disagree. */
  readonly told: readonly ToldVersion[]
  /** ecs-init: its unit starts the agent's container; container: `docker run` by hand; native: no container. null: not told. */
  readonly runsAs: 'ecs-init' | 'container' | 'native' | null
  /** The unit that starts it: "ecs.service", "amazon-ecs.service"; null: none does. */
  readonly unit: string | null
  /** The name of the agent's own running container; null: none runs, or not told. */
  readonly container: string | null
  /** Docker's network mode of that container; null: no container, or not told. */
  readonly networkMode: string | null
}

/** An agent setting: what the files make of it, and what the running agent has. */
export interface AgentSetting {
  /** "ECS_ENABLE_TASK_IAM_ROLE" */
  readonly name: string
  /** What the agent gets at its next start, as it stands, quotes included; null: the agent's own default. */
  readonly value: string | null
  /** Who sets it: the path of a file, "ecs-init", "docker run", "default". */
  readonly source: string
  /** What the running agent was given; null: no such variable; left out: no agent runs, or it was not told. */
  readonly running?: string | null
}

/** The next start of the agent would give it something else. Of its JSON file its environment says nothing. */
export const waits = ({ value, source, running }: AgentSetting): boolean =>
  running !== undefined && running !== value && !(running === null && source.endsWith('.json'))

/** A line of a settings file that looks right and is off. */
export interface AgentConfigFinding {
  readonly path: string
  readonly line: number
  readonly text: string
  readonly hint: string
}

export interface AgentConfigFacts {
  /** Switches of ecs-init that turn a guard off, from the environment files systemd gives it. */
  readonly skipLocalhostTrafficFilter: boolean
  readonly allowOffhostIntrospection: boolean
  /** Registered with ECS Anywhere (ECS_EXTERNAL): no instance of EC2. */
  readonly external: boolean
  /** The switches of the agent that taskfence knows. */
  readonly settings: readonly AgentSetting[]
  readonly findings: readonly AgentConfigFinding[]
}

export const networkModes = ['awsvpc', 'bridge', 'host', 'none'] as const
export type NetworkMode = (typeof networkModes)[number]

/** A running task, from its containers' labels (com.amazonaws.ecs.*) and the agent's introspection. */
export interface TaskFacts {
  readonly arn: string
  /** The family of its task definition; null: not told. */
  readonly family: string | null
  /** The revision of its task definition; null: not told. */
  readonly revision: string | null
  /** null: not told. */
  readonly mode: NetworkMode | null
  /** Names of its containers, the pause container apart. */
  readonly containers: readonly string[]
  /** Addresses on bridges of this host, or of its own network interface. */
  readonly addresses: readonly string[]
  /** Bridges of this host that its containers are attached to. */
  readonly bridges: readonly string[]
  /** The process that holds its network namespace (its pause container's); null: none, or not told. */
  readonly namespacePid: number | null
  /** Docker's cgroup parent of its containers: "ecstasks-<id>.slice", "/ecs/<id>"; "": none of its own; null: not told. */
  readonly cgroupParent: string | null
}

/** "web:3 0123abcd", from its family and its ARN. */
export const taskName = ({ arn, family, revision }: TaskFacts): string => {
  const id = arn.slice(arn.lastIndexOf('/') + 1).slice(0, 8)
  return family === null ? id : `${family}${revision === null ? '' : `:${revision}`} ${id}`
}
