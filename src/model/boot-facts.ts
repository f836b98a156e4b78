export interface UnitFacts {
  /** Where its file stands, "/usr/lib/systemd/system/nftables.service"; null: only links name it. */
  readonly file: string | null
  /** Something pulls it in at boot. */
  readonly enabled: boolean
}

/** A setting that systemd-sysctl reads after ours, which wins at boot. */
export interface LaterSysctl {
  readonly path: string
  readonly key: string
  readonly value: string
}

/** How this system starts, from its files alone: an image can be asked as well as a host. */
export interface BootFacts {
  /** systemd is installed. Of other ways to start nothing is known. */
  readonly systemd: boolean
  /** The units that matter here and are there, by name: "nftables.service". */
  readonly units: Readonly<Record<string, UnitFacts>>
  /** Where a unit finds this program: "/usr/bin/taskfence"; null: nowhere. */
  readonly program: string | null
  readonly laterSysctls: readonly LaterSysctl[]
}
