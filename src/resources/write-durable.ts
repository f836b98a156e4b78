import type { Host } from '../host/host.js'
import { CommandError, FileError, isResourceError, type ResourceError } from '../model/errors.js'
import type { ManagedFile, ServiceUnit } from '../model/resource.js'
import type { Write } from './kind.js'

export const systemdFolder = '/etc/systemd/system/'

/**
 * Files, and links that enable units. A systemd that runs is told once, after the last of them; in an image none does.
 * One that fails does not keep the others from being written; the first failure is thrown when all are.
 */
export async function writeDurable(
  writes: readonly Write<ManagedFile | ServiceUnit>[],
  host: Host,
): Promise<void> {
  const failures: ResourceError[] = []
  for (const write of writes) {
    try {
      await writeOne(write, host)
    } catch (error) {
      if (!isResourceError(error)) throw error
      failures.push(error)
    }
  }
  if (writes.some(({ resource }) => isSystemd(resource))) await tellSystemd(host)
  if (failures[0] !== undefined) throw failures[0]
}

const isSystemd = (resource: ManagedFile | ServiceUnit): boolean =>
  resource.kind === 'service-unit' || resource.path.startsWith(systemdFolder)

async function writeOne({ resource, state }: Write<ManagedFile | ServiceUnit>, host: Host): Promise<void> {
  if (resource.kind === 'service-unit') {
    await (state === null ? disable(resource, host) : enable(resource, host))
  } else if (state === null) {
    await host.files.remove(resource.path)
  } else {
    await makeFolders(resource.path, host)
    await host.files.write(resource.path, state, { mode: resource.mode })
  }
}

/** The folders a path goes through, as a package would make them. */
export async function makeFolders(path: string, host: Host): Promise<void> {
  const steps = path.split('/').slice(1, -1)
  for (const [index] of steps.entries()) {
    const folder = `/${steps.slice(0, index + 1).join('/')}`
    if ((await host.files.stat(folder)) === null) await host.files.mkdir(folder, 0o755)
  }
}

/** Where systemctl puts the links (systemctl(1), "enable"). */
export const linksOf = ({ name, wantedBy }: ServiceUnit): readonly string[] =>
  wantedBy.map(target => `${systemdFolder}${target}.wants/${name}`)

/** As `systemctl mask` does it: whoever did so meant it, so `systemctl enable` refuses, and so do we. */
export const isMasked = async ({ name }: ServiceUnit, host: Host): Promise<boolean> =>
  (await host.files.link(`${systemdFolder}${name}`)) === '/dev/null'

async function enable(unit: ServiceUnit, host: Host): Promise<void> {
  if (await isMasked(unit, host))
    throw new FileError(`${systemdFolder}${unit.name}`, 'is masked', {
      hint: `\`systemctl unmask ${unit.name}\` lets it start again`,
    })
  for (const path of linksOf(unit)) {
    await makeFolders(path, host)
    await host.files.symlink(path, unit.file)
  }
}

async function disable(unit: ServiceUnit, host: Host): Promise<void> {
  for (const path of linksOf(unit)) {
    if ((await host.files.link(path)) !== null) await host.files.remove(path)
  }
}

/** The folder tells that systemd is what runs (sd_booted(3)). */
async function tellSystemd(host: Host): Promise<void> {
  if ((await host.files.stat('/run/systemd/system')) === null) return
  const command = { file: 'systemctl', args: ['daemon-reload'], timeoutMs: 30_000 }
  const result = await host.run(command)
  if (result.exitCode !== 0) throw new CommandError(command, result)
}
