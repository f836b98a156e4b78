import type { Host } from '../host/host.js'

/** What starts the agent on this host, whether it runs or not. */
export interface Unit {
  /** "ecs.service", "amazon-ecs.service"; null: there is none. */
  readonly name: string | null
  /** What it starts; null: nothing that is installed does. */
  readonly starts: 'ecs-init' | 'container' | 'native' | null
  /** The program it starts, "/usr/libexec/amazon-ecs-init". */
  readonly program: string | null
  /** Files with the environment of ecs-init or of a native agent, in systemd's order; both settings files where no such unit says. */
  readonly environmentFiles: readonly string[]
  /** What the unit itself gives to it; the files win. */
  readonly environment: ReadonlyMap<string, string>
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
      if (found.starts === 'container') return { name, ...found, ...unsaid }
      return { name, ...found, ...parseEnvironment([text, ...(await dropIns(host, name))].join('\n')) }
    }
  return withoutUnit(host)
}

const unsaid: Pick<Unit, 'environmentFiles' | 'environment'> = {
  environmentFiles: ['/var/lib/ecs/ecs.config', '/etc/ecs/ecs.config'],
  environment: new Map(),
}

async function withoutUnit(host: Host): Promise<Unit> {
  for (const folder of ['/usr/libexec', '/usr/sbin'])
    if ((await host.files.list(folder))?.includes('amazon-ecs-init')) {
      const program = `${folder}/amazon-ecs-init`
      return { name: null, starts: 'ecs-init', program, ...unsaid }
    }
  return { name: null, starts: null, program: null, ...unsaid }
}

/** null: a unit of that name which has nothing to do with the agent. */
export function parseUnit(text: string): Pick<Unit, 'starts' | 'program'> | null {
  const program = /^ExecStart=[-@:+!]*(\/\S*)/m.exec(text)?.[1]
  if (program === undefined) return null
  if (program.endsWith('/amazon-ecs-init')) return { starts: 'ecs-init', program }
  if (program.endsWith('/amazon-ecs-agent')) return { starts: 'native', program }
  return program.endsWith('/docker') && text.includes('ecs-agent') ? { starts: 'container', program } : null
}

/** systemd.unit(5): in order of their names; of one name the first folder's counts. */
async function dropIns(host: Host, name: string): Promise<readonly string[]> {
  const found = new Map<string, string>()
  for (const folder of ['/etc/systemd/system', '/run/systemd/system', ...folders.slice(1)])
    for (const file of (await host.files.list(`${folder}/${name}.d`)) ?? [])
      if (file.endsWith('.conf') && !found.has(file)) found.set(file, `${folder}/${name}.d/${file}`)
  const paths = [...found.keys()].sort().map(file => found.get(file) ?? '')
  return (await Promise.all(paths.map(path => host.files.read(path)))).map(text => text ?? '')
}

/** Environment= and EnvironmentFile= (systemd.exec(5)): an empty one takes back all before it; a "-" before a path says that it may be missing. */
export function parseEnvironment(text: string): Pick<Unit, 'environmentFiles' | 'environment'> {
  let environmentFiles: readonly string[] = []
  let environment: readonly (readonly [string, string])[] = []
  const lines = text
    .replace(/\\\n/g, ' ')
    .matchAll(/^[ \t]*(Environment(?:File)?)[ \t]*=[ \t]*(.*?)[ \t\r]*$/gm)
  for (const [, name, value = ''] of lines) {
    if (name === 'EnvironmentFile')
      environmentFiles =
        value === '' ? [] : [...environmentFiles, ...(/^-?(\/.*)$/.exec(value)?.slice(1) ?? [])]
    else environment = value === '' ? [] : [...environment, ...assignments(value)]
  }
  return { environmentFiles, environment: new Map(environment) }
}

/** `A=1 "B=two words"` */
const assignments = (value: string): readonly (readonly [string, string])[] =>
  (value.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []).flatMap(word => {
    const bare = word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2')
    const equals = bare.indexOf('=')
    return equals < 1 ? [] : [[bare.slice(0, equals), bare.slice(equals + 1)]]
  })
