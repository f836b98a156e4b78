import type { IpFamily, Table } from './facts.js'
import type { FenceTable } from './resource.js'

/** A file that is wholly ours. Its state is its text. */
export interface ManagedFile {
  readonly kind: 'file'
  readonly path: string
  /** Permission bits: 0o644. */
  readonly mode: number
}

/** The rules of the fence as `nft -f` loads them at boot. Its state is the text of those asked about. */
export interface FenceFile {
  readonly kind: 'fence-file'
  readonly path: string
  readonly table: FenceTable
  /** Comments of the rules that are asked about; the rest of the file is left as it stands. null: all of it is. */
  readonly tags: readonly string[] | null
}

/** A unit of systemd, pulled in by links. States: "enabled", "masked", "not pulled in by TARGET", null. */
export interface ServiceUnit {
  readonly kind: 'service-unit'
  /** "taskfence-fence.service" */
  readonly name: string
  /** Its file, as the links name it. */
  readonly file: string
  /** What pulls it in, as its own [Install] says. */
  readonly wantedBy: readonly string[]
}

/** A rule as it stands in a file of iptables-save. */
export interface RulesFileLine {
  readonly table: Table
  readonly chain: string
  /** The chain that it jumps to; null: it jumps nowhere. */
  readonly leadsTo: string | null
  readonly position: 'head' | 'tail'
  /** "-A CHAIN …", with our comment. */
  readonly text: string
}

/** Our lines in somebody else's iptables-save file. States: "present", "N of M lines", null. */
export interface RulesFileLines {
  readonly kind: 'rules-file-lines'
  readonly path: string
  readonly family: IpFamily
  /** Comments of the lines that are asked about; lines of ours with another stay. */
  readonly tags: readonly string[]
  readonly lines: readonly RulesFileLine[]
}

/** One line of ours at the end of somebody else's file. States: "present", null. */
export interface FileLine {
  readonly kind: 'file-line'
  readonly path: string
  readonly line: string
}

export type DurableResource = ManagedFile | FenceFile | ServiceUnit | RulesFileLines | FileLine
