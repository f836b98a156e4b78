import type { Command } from '../command.js'
import { apply } from './apply.js'
import { audit } from './audit.js'
import { check } from './check.js'
import { completion } from './completion.js'
import { confirm } from './confirm.js'
import { containerBootstrap } from './container-bootstrap.js'
import { explain } from './explain.js'
import { facts } from './facts.js'
import { iamLint } from './iam-lint.js'
import { iamPolicy } from './iam-policy.js'
import { iamTrustPolicy } from './iam-trust-policy.js'
import { plan } from './plan.js'
import { prove } from './prove.js'
import { revert } from './revert.js'
import { status } from './status.js'
import { userData } from './user-data.js'
import { watch } from './watch.js'

/** In the order somebody new would type them. */
export const commands: readonly Command[] = [
  facts,
  plan,
  apply,
  confirm,
  check,
  prove,
  watch,
  status,
  audit,
  revert,
  explain,
  userData,
  containerBootstrap,
  iamTrustPolicy,
  iamPolicy,
  iamLint,
  completion,
]
