import type { Host } from '../host/host.js'
import type { ToldVersion } from '../model/agent-facts.js'
import { TaskfenceError } from '../model/errors.js'
import type { Container } from './containers.js'
import type { Asking } from './found.js'
import type { Unit } from './unit.js'

export interface Told {
  readonly told: readonly ToldVersion[]
  /** Whom something kept from telling, and what. */
  readonly because: readonly string[]
}

/** Who tells a version beside the agent itself: what can be read at once, then, one after the other, programs. */
export async function toldVersions(
  host: Host,
  unit: Unit,
  container: Container | undefined,
  known: boolean,
  asking: Asking,
): Promise<Told> {
  let found = await ask([() => Promise.resolve(imageTag(container)), () => cachedImage(host)])
  for (const program of programsOf(unit)) {
    if (asking === 'until told' && (known || found.told.length > 0)) break
    const next = await ask([() => program(host)])
    found = { told: [...found.told, ...next.told], because: [...found.because, ...next.because] }
  }
  return found
}

type Source = (host: Host) => Promise<ToldVersion | null>

async function ask(sources: readonly (() => Promise<ToldVersion | null>)[]): Promise<Told> {
  const told: ToldVersion[] = []
  const because: string[] = []
  for (const source of sources)
    try {
      const version = await source()
      if (version !== null) told.push(version)
    } catch (error) {
      if (!(error instanceof TaskfenceError)) throw error
      because.push(error.message)
    }
  return { told, because }
}

/** Under ecs-init the tag is "latest", whatever the version. */
const imageTag = (container: Container | undefined): ToldVersion | null =>
  versionIn('image tag', /:v?(\d+\.\d+\.\d+)(?:@sha256:\w+)?$/, container?.image)

/** ecs-init keeps the image in a file with the version in its name, and a link to the one it loads. */
async function cachedImage(host: Host): Promise<ToldVersion | null> {
  const target = await host.files.link('/var/cache/ecs/ecs-agent.tar')
  return versionIn('cached image', /(?:^|\/)ecs-agent-v(\d+\.\d+\.\d+)\.tar$/, target)
}

function programsOf({ starts, program }: Unit): readonly Source[] {
  if (starts === 'ecs-init') return [rpm, dpkg, itself(program, 'version')]
  return starts === 'native' ? [itself(program, '-version')] : []
}

/** "ecs-init" is the package of Amazon Linux, "amazon-ecs-init" that of others. A missing one is said on stdout, and in the exit code. */
async function rpm(host: Host): Promise<ToldVersion | null> {
  const args = ['-q', '--qf', '%{NAME} %{VERSION}\\n', 'ecs-init', 'amazon-ecs-init']
  const { stdout } = await host.run({ file: 'rpm', args })
  const [, name, version] = /^((?:amazon-)?ecs-init) (\d+\.\d+\.\d+)$/m.exec(stdout) ?? []
  return name === undefined || version === undefined ? null : { source: `rpm ${name}`, version }
}

async function dpkg(host: Host): Promise<ToldVersion | null> {
  const { stdout } = await host.run({
    file: 'dpkg-query',
    args: ['-W', '-f', '${Version}', 'amazon-ecs-init'],
  })
  return versionIn('dpkg amazon-ecs-init', /^(\d+\.\d+\.\d+)/, stdout)
}

/** "ecs-init version 1.105.1 (*8dfceca)"; the agent: "Amazon ECS Agent - v1.105.1 (8dfceca)". */
const itself =
  (program: string | null, argument: string): Source =>
  async host => {
    if (program === null) return null
    const { stdout } = await host.run({ file: program, args: [argument] })
    const name = program.replace(/^.*\//, '')
    return versionIn(`${name} ${argument}`, /(?:version |- v)(\d+\.\d+\.\d+)/, stdout)
  }

function versionIn(source: string, pattern: RegExp, text: string | null | undefined): ToldVersion | null {
  const version = pattern.exec(text ?? '')?.[1]
  return version === undefined ? null : { source, version }
}
