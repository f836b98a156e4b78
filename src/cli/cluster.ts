import { usage } from './options.js'

/** A name as ECS has it, so nothing in it means anything to PowerShell, YAML or a shell. Throws E_USAGE. */
export function clusterOf(cluster: string, command: string): string {
  if (!/^[A-Za-z0-9_-]{1,255}$/.test(cluster))
    throw usage(
      `--cluster ${JSON.stringify(cluster)}: expected letters, digits, hyphens and underscores`,
      command,
    )
  return cluster
}
