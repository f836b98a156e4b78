import { clusterOf } from '../cluster.js'
import type { Command } from '../command.js'
import { exits } from '../exit.js'
import { usage } from '../options.js'

const name = 'user-data'

export const userData: Command = {
  name,
  synopsis: name,
  words: 0,
  options: ['os', 'cluster', 'log-level'],
  summary: 'what an instance runs at its launch to join a cluster, fenced',
  story: `Prints user data for an instance whose image has taskfence: PowerShell with
--os windows, cloud-init with --os linux. Needs neither root nor a supported
system. Exit 0; 64: no --os, or nothing that could be a --cluster.`,
  needsRoot: false,
  run(call) {
    const { os, cluster } = call.options
    if (os === undefined) throw usage('--os is missing', name)
    if (cluster === undefined) throw usage('--cluster is missing', name)
    call.print(texts[os](clusterOf(cluster, name)))
    return Promise.resolve(exits.ok)
  },
}

const texts = {
  windows: (cluster: string) => `<powershell>
$ErrorActionPreference = 'Stop'
Import-Module ECSTools
Initialize-ECSAgent -Cluster '${cluster}' -EnableTaskIAMRole
& 'C:\\Program Files\\taskfence\\windows\\Install-Taskfence.ps1'
</powershell>
`,
  // --no-block: ecs.service starts after cloud-init, which would wait for it.
  linux: (cluster: string) => `#cloud-config
write_files:
  - path: /etc/ecs/ecs.config
    append: true
    content: |
      ECS_CLUSTER=${cluster}
runcmd:
  - [taskfence, apply]
  - [systemctl, enable, --now, --no-block, ecs.service]
`,
} as const
