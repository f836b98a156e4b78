import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine, Ran } from './engine.js'
import type { World } from './world.js'

/** In the order they are set. */
export const settings = ['variable', 'proxy-service', 'address', 'route', 'firewall', 'portproxy'] as const
export type Setting = (typeof settings)[number]

export interface Answer {
  readonly setting: string
  readonly holds: boolean | null
  readonly state: string | null
  readonly because: string | null
  readonly hint: string | null
  readonly done: readonly string[]
}

/** The scripts as they ship, with the one file changed that asks Windows through .NET. */
export function scriptsIn(folder: string): string {
  const copy = join(folder, 'windows')
  mkdirSync(copy, { recursive: true })
  cpSync('windows', copy, { recursive: true })
  cpSync('test/windows/stand-ins/Machine.psm1', join(copy, 'Machine.psm1'))
  return copy
}

export interface Asked extends Omit<Ran, 'stdout'> {
  readonly answer: Answer
}

/** One setting asked, or set. Standard output has to be one JSON object of ASCII. */
export async function ask(
  engine: Engine,
  scripts: string,
  setting: Setting,
  args: readonly string[],
  world: World,
): Promise<Asked> {
  const file = join(scripts, 'settings', `${setting}.ps1`)
  const { stdout, ...ran } = await engine.run(file, args, world)
  if (!/^[\x20-\x7e]+\n$/.test(stdout))
    throw new Error(`${setting} printed ${JSON.stringify(stdout)} ${ran.stderr}`)
  return { ...ran, answer: JSON.parse(stdout) as Answer }
}

export interface Facts {
  readonly settings: Readonly<Partial<Record<Setting, Answer>>>
  readonly unknown: Readonly<Record<string, string>>
}

/** Everything Get-Facts.ps1 tells. */
export async function readFacts(engine: Engine, scripts: string, world: World): Promise<Facts> {
  const input = JSON.stringify({ subnet: world.subnet })
  const { stdout, stderr } = await engine.run(join(scripts, 'Get-Facts.ps1'), [], world, input)
  if (!/^[\x20-\x7e]+\n$/.test(stdout))
    throw new Error(`Get-Facts printed ${JSON.stringify(stdout)} ${stderr}`)
  const facts = JSON.parse(stdout) as { settings: readonly Answer[]; unknown: Facts['unknown'] }
  const byName = facts.settings.map(answer => [
    answer.setting.replace(' ECS_ENABLE_TASK_IAM_ROLE', ''),
    answer,
  ])
  return { ...facts, settings: Object.fromEntries(byName) as Facts['settings'] }
}
