import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** What AWS's command line knows of a service: its shapes, with the limits that the SDK leaves out. */
export interface ServiceModel {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>
  readonly shapes: Readonly<Record<string, Shape>>
}

interface Shape {
  readonly type: string
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
  readonly key?: { readonly shape: string }
  readonly value?: { readonly shape: string }
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
}

export const systemsManager = (): ServiceModel | null => serviceModel('ssm')

/** The newest model of a service in this machine's AWS CLI; null where there is none. */
export function serviceModel(service: string): ServiceModel | null {
  const asked = 'import botocore, os; print(os.path.dirname(botocore.__file__))'
  const own = spawnSync('python3', ['-c', asked], { encoding: 'utf8' }).stdout.trim()
  // Debian's CLI brings its own copy.
  const folder = ['/usr/lib/python3/dist-packages/awscli/botocore', ...(own === '' ? [] : [own])]
    .map(botocore => `${botocore}/data/${service}`)
    .find(path => existsSync(path))
  if (folder === undefined) return null
  const version = readdirSync(folder).sort().at(-1) ?? ''
  const path = ['', '.gz']
    .map(end => `${folder}/${version}/service-2.json${end}`)
    .find(file => existsSync(file))
  return path === undefined ? null : readModel(path)
}

/** Of a command line `aws SERVICE OPERATION --option …`: an operation or an option that there is not. */
export function faultsOfCall(
  { operations, shapes }: ServiceModel,
  operation: string,
  command: string,
): readonly string[] {
  const named = Object.entries(operations).find(([name]) => dashed(name) === operation)?.[1]
  if (named === undefined) return [`no operation ${operation}`]
  const members = Object.keys(shapes[named.input?.shape ?? '']?.members ?? {}).map(dashed)
  return [...command.matchAll(/ --([a-z][a-z0-9-]*)/g)]
    .map(([, option = '']) => option)
    .filter(option => !['region', 'cli-input-json', 'query', 'output', ...members].includes(option))
    .map(option => `no option --${option}`)
}

/** "PutComplianceItems" is typed "put-compliance-items". */
const dashed = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()

function readModel(path: string): ServiceModel {
  const bytes = readFileSync(path)
  return JSON.parse((path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as ServiceModel
}

/** What the service would refuse, each with its place; empty: nothing. */
export function faultsOf(model: ServiceModel, name: string, value: unknown, at = name): readonly string[] {
  const shape = model.shapes[name]
  if (shape === undefined) return [`${at}: no shape ${name}`]
  const { members = {}, member, key, value: entry } = shape
  const inside = (of: { readonly shape: string } | undefined, part: unknown, place: string) =>
    of === undefined ? [`${place}: unknown`] : faultsOf(model, of.shape, part, place)
  if (shape.type === 'structure') {
    const fields = Object.entries(value as object)
    return [
      ...(shape.required ?? [])
        .filter(field => !fields.some(([is]) => is === field))
        .map(is => `${at}: no ${is}`),
      ...fields.flatMap(([field, part]) => inside(members[field], part, `${at}.${field}`)),
    ]
  }
  if (shape.type === 'list')
    return [
      ...within(shape, (value as readonly unknown[]).length, at),
      ...(value as readonly unknown[]).flatMap((part, index) => inside(member, part, `${at}[${index}]`)),
    ]
  if (shape.type === 'map')
    return Object.entries(value as object).flatMap(([field, part]) => [
      ...inside(key, field, `${at} key`),
      ...inside(entry, part, `${at}.${field}`),
    ])
  if (shape.type === 'string')
    return typeof value === 'string' ? faultsOfText(shape, value, at) : [`${at}: no text`]
  if (shape.type === 'timestamp')
    return Number.isNaN(Date.parse(String(value))) ? [`${at}: no time: ${String(value)}`] : []
  return within(shape, Number(value), at)
}

function faultsOfText(shape: Shape, text: string, at: string): readonly string[] {
  return [
    ...within(shape, text.length, at),
    ...(shape.enum === undefined || shape.enum.includes(text)
      ? []
      : [`${at}: ${text} is none of ${shape.enum.join()}`]),
    ...(shape.pattern === undefined || matches(shape.pattern, text)
      ? []
      : [`${at}: ${text} is not ${shape.pattern}`]),
  ]
}

/** Patterns are Java's, and meant for the whole text. */
const matches = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`, 'u').test(text)

const within = ({ min = 0, max = Infinity }: Shape, size: number, at: string): readonly string[] =>
  size >= min && size <= max ? [] : [`${at}: ${size} is not from ${min} to ${max}`]
