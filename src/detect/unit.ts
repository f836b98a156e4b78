import type { Host } from '../host/host.js'

/** What starts the agent on this host, whether it runs or not. */
export interface Unit {
  /** "ecs.service", "amazon-ecs.service"; null: there is none. */
  readonly name: string | null
  /** What it starts; null: nothing that is installed does. */
  readonly starts: 'ecs-init' | 'container' | 'native' | null
  /** The program it starts, "/usr/libexec/amazon-ecs-init". */
  readonly program: string | null
  /** Files with the environment of ecs-init, in systemd's order; both settings files where no unit of ecs-init says. */
  readonly environmentFiles: readonly string[]
}

const folders = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system']
/** The second one is SUSE's. */
const names = ['ecs.service', 'amazon-ecs.service']

/** Reads the files of units alone: no systemctl, which an image being built has not. */
export async function findUnit(host: Host): Promise<Unit> {
  for (const name of names)
    for (const folder of folders) {
      const text = await host.files.read(`${folder}/${name}`)
      const found = text === null ? null : parseUnit(text)
      if (found === null || text === null) continue
      if (found.starts !== 'ecs-init') return { name, ...found, environmentFiles: settingsFiles }
      const environmentFiles = [...environmentFilesOf(text), ...(await dropIns(host, name))]
      return { name, ...found, environmentFiles }
    }
  return withoutUnit(host)
}

const settingsFiles = ['/var/lib/ecs/ecs.config', '/etc/ecs/ecs.config']

async function withoutUnit(host: Host): Promise<Unit> {
  for (const folder of ['/usr/libexec', '/usr/sbin'])
    if ((await host.files.list(folder))?.includes('amazon-ecs-init')) {
      const program = `${folder}/amazon-ecs-init`
      return { name: null, starts: 'ecs-init', program, environmentFiles: settingsFiles }
    }
  return { name: null, starts: null, program: null, environmentFiles: settingsFiles }
}

/** null: a unit of that name which has nothing to do with the agent. */
export function parseUnit(text: string): Pick<Unit, 'starts' | 'program'> | null {
  const program = /^ExecStart=[-@:+!]*(\/\S*)/m.exec(text)?.[1]
  if (program === undefined) return null
  if (program.endsWith('/amazon-ecs-init')) return { starts: 'ecs-init', program }
  if (program.endsWith('/amazon-ecs-agent')) return { starts: 'native', program }
  return program.endsWith('/docker') && text.includes('ecs-agent') ? { starts: 'container', program } : null
}

async function dropIns(host: Host, name: string): Promise<readonly string[]> {
  const folder = `/etc/systemd/system/${name}.d`
  const files = ((await host.files.list(folder)) ?? []).filter(file => file.endsWith('.conf'))
  const read = await Promise.all(files.map(file => host.files.read(`${folder}/${file}`)))
  return read.flatMap(text => environmentFilesOf(text ?? ''))
}

/** A "-" before the path says that the file may be missing. */
const environmentFilesOf = (text: string): readonly string[] =>
  [...text.matchAll(/^EnvironmentFile=-?(\/.*?)\s*$/gm)].map(found => found[1] as string)
