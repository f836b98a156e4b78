import type { Kind, Resource, ResourceOf } from '../model/resource.js'
import { agentSetting } from './agent-setting.js'
import { cgroupClass } from './cgroup-class.js'
import { fenceChain } from './fence-chain.js'
import { fenceFile } from './fence-file.js'
import { fenceRule } from './fence-rule.js'
import { file } from './file.js'
import { fileLine } from './file-line.js'
import { iptablesChain } from './iptables-chain.js'
import { iptablesRule } from './iptables-rule.js'
import { iptablesTable } from './iptables-table.js'
import type { ResourceKind, ResourceKinds } from './kind.js'
import { madePath } from './made-path.js'
import { ownLines } from './own-lines.js'
import { ownRules } from './own-rules.js'
import { ownTable } from './own-table.js'
import { route } from './route.js'
import { rulesFileLines } from './rules-file-lines.js'
import { runningUnit } from './running-unit.js'
import { serviceUnit } from './service-unit.js'
import { sysctl } from './sysctl.js'
import { windowsSetting } from './windows-setting.js'

export const resourceKinds: ResourceKinds = {
  sysctl,
  'agent-setting': agentSetting,
  'cgroup-class': cgroupClass,
  'iptables-chain': iptablesChain,
  'iptables-rule': iptablesRule,
  'fence-chain': fenceChain,
  'fence-rule': fenceRule,
  route,
  'windows-setting': windowsSetting,
  file,
  'fence-file': fenceFile,
  'service-unit': serviceUnit,
  'rules-file-lines': rulesFileLines,
  'file-line': fileLine,
  'running-unit': runningUnit,
  'own-table': ownTable,
  'own-rules': ownRules,
  'own-lines': ownLines,
  'iptables-table': iptablesTable,
  'made-path': madePath,
}

/** The one place where the compiler is told that a resource and its kind go together. */
export const kindOf = <K extends Kind>(resource: ResourceOf<K>): ResourceKind<Resource> =>
  resourceKinds[resource.kind]
