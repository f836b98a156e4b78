import type { IpFamily } from '../model/facts.js'

/** The instance metadata service (EC2 User Guide, "Use the Instance Metadata Service"). */
export const metadata: Readonly<Record<IpFamily, string>> = { ipv4: '169.254.169.254', ipv6: 'fd00:ec2::254' }
/** Where a task asks for its role's credentials (ecs-agent/tmds/server.go). */
export const credentials = '169.254.170.2'
export const credentialsPort = 80
/** Where the agent answers. */
export const agentPort = 51679
/** The agent's introspection API. */
export const introspectionPort = 51678
