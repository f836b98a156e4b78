import type { Host } from '../host/host.js'
import { CommandError } from '../model/errors.js'
import type { HostRoute } from '../model/resource.js'
import type { ResourceKind } from './kind.js'

/** A host route on a device. States: "present", null. */
export const route: ResourceKind<HostRoute> = {
  id: resource => `route ${resource.destination} dev ${resource.device}`,

  async read(resource, look) {
    const args = ['-4', 'route', 'show', resource.destination, 'dev', resource.device]
    return (await ip(look.host, args)).trim() === '' ? null : 'present'
  },

  async write(writes, host) {
    for (const { resource, state } of writes) {
      const spec = [resource.destination, 'dev', resource.device, 'scope', 'link']
      if (state !== null) await ip(host, ['-4', 'route', 'replace', ...spec])
      else if (!/\S/.test(await ip(host, ['-4', 'route', 'show', ...spec.slice(0, 3)]))) continue
      else await ip(host, ['-4', 'route', 'del', ...spec])
    }
  },
}

async function ip(host: Host, args: readonly string[]): Promise<string> {
  const command = { file: 'ip', args }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
  return result.stdout
}
