import type { Command } from '../model/command.js'
import type { Desired, DesiredEntry } from '../model/desired.js'
import type { Facts, IpFamily, OsFacts } from '../model/facts.js'
import type { ControlId, Policy } from '../model/policy.js'
import type { Resource } from '../model/resource.js'
import type { Release } from './releases.js'

/** Everything that differs between operating systems, as values and pure functions. */
export interface Platform {
  readonly id: string
  /** "Amazon Linux 2023" */
  readonly title: string
  /** IDs of os-release whose ways are known, its own first. */
  readonly names: readonly string[]
  /** Where the facts below come from. */
  readonly sources: readonly string[]
  /** The file that its nftables.service loads; null: it ships no such service. */
  readonly nftablesFile: string | null
  /** The services that restore iptables at boot where they are enabled, and what they load. */
  readonly restores: readonly RestoreService[]
  /** What brings nft: "dnf install nftables". */
  readonly nftFrom: string
  /** Of a release, by VERSION_ID; one that is not known is taken for a new one. */
  release(versionId: string): Release
  matches(os: OsFacts): boolean
  /** Restarts a service. later: answers at once, and the service manager does it when the host has come up. */
  restart(service: string, later: boolean): Command
  /** What someone should know of the next boot, beside what is written. Pure. */
  bootNotes(facts: Facts): readonly string[]
  /** The durable twins of runtime entries, as more desired state. Pure. */
  persist(runtime: readonly DesiredEntry[], around: Surroundings): readonly Twin[]
  /** All durable twins that can stand here, for whoever takes them away. Pure. */
  traces(facts: Facts): readonly Resource[]
}

export interface RestoreService {
  readonly unit: string
  readonly family: IpFamily
  readonly path: string
}

export interface Surroundings {
  readonly facts: Facts
  readonly policy: Policy
  /** All controls were asked, so what none of them wants is wanted by nobody. */
  readonly complete: boolean
}

/** What a runtime entry is at the next boot. */
export interface Twin extends Desired {
  /** Whose runtime entries it stands for. */
  readonly controls: readonly ControlId[]
}
