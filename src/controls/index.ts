import { agentTaskRoles } from './agent-task-roles.js'
import type { Control } from './control.js'
import { agentVersion } from './agent-version.js'
import { credentialsGuard } from './credentials-guard.js'
import { imdsAwsvpc } from './imds-awsvpc.js'
import { imdsBridge } from './imds-bridge.js'
import { imdsHost } from './imds-host.js'
import { introspectionGuard } from './introspection-guard.js'
import { loopbackGuard } from './loopback-guard.js'
import { routeLocalnet } from './route-localnet.js'
import { taskCredentials } from './task-credentials.js'
import { windowsAddress } from './windows-address.js'
import { windowsFirewall } from './windows-firewall.js'
import { windowsImdsAwsvpc } from './windows-imds-awsvpc.js'
import { windowsPortproxy } from './windows-portproxy.js'
import { windowsProxyService } from './windows-proxy-service.js'
import { windowsRoute } from './windows-route.js'
import { windowsTaskEni } from './windows-task-eni.js'
import { windowsTaskRoles } from './windows-task-roles.js'

/** In the order applied: what closes before what opens, so that no step opens what was closed. */
export const controls: readonly Control[] = [
  imdsBridge,
  imdsAwsvpc,
  imdsHost,
  credentialsGuard,
  loopbackGuard,
  introspectionGuard,
  agentVersion,
  routeLocalnet,
  agentTaskRoles,
  taskCredentials,
  windowsImdsAwsvpc,
  windowsProxyService,
  windowsAddress,
  windowsRoute,
  windowsFirewall,
  windowsPortproxy,
  windowsTaskRoles,
  windowsTaskEni,
]
