import { execute, mustExecute } from './execute.js'
import { find } from './tools.js'

export const image = 'lab/task'

/**
 * Makes the image that containers of a lab run, from a few of this machine's programs and the libraries of node; node
 * itself is bound into them. `enter` turns the argv of Docker's client into one that reaches the engine from here.
 */
export async function importImage(enter: (argv: readonly string[]) => readonly string[]): Promise<void> {
  const programs = ['sh', 'sleep', 'cat', 'ip', 'curl'].map(find)
  const libraries = await Promise.all([...programs, process.execPath].map(librariesOf))
  const files = [...new Set([...programs, ...libraries.flat()])].map(path => path.slice(1))
  const tar = `${find('tar')} --dereference --create --file=- --directory=/ ${files.join(' ')}`
  const client = enter(['docker', 'import', '-', image])
  await mustExecute([find('sh'), '-c', `${tar} | "$@"`, 'sh', ...client])
}

/** Lines such as "libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)" and "/lib64/ld-linux-x86-64.so.2 (0x…)". */
async function librariesOf(path: string): Promise<readonly string[]> {
  const { stdout } = await execute([find('ldd'), path])
  return [...stdout.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(/gm)].map(match => match[1] ?? '')
}
