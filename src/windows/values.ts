import { ParseError } from '../model/errors.js'

/** What a script's answer must hold, or it is not one of ours: each rejects with a ParseError that names the place. */
export interface Values {
  text(name: string): string
  textOrNull(name: string): string | null
  flag(name: string): boolean
  flagOrNull(name: string): boolean | null
  number(name: string): number
  list<T>(name: string, each: (item: unknown) => T): readonly T[]
  listOrNull<T>(name: string, each: (item: unknown) => T): readonly T[] | null
  object<T>(name: string, read: (values: Values) => T): T
  objectOrNull<T>(name: string, read: (values: Values) => T): T | null
  /** By its own names. */
  record<T>(name: string, each: (value: unknown) => T): Readonly<Record<string, T>>
  recordOrNull<T>(name: string, each: (value: unknown) => T): Readonly<Record<string, T>> | null
}

export function valuesOf(source: string, value: unknown): Values {
  const wrong = (wanted: string, found: unknown) =>
    new ParseError(source, found === undefined ? 'nothing' : JSON.stringify(found), `expected ${wanted}`)
  if (!isObject(value)) throw wrong('an object', value)
  const get =
    <T>(wanted: string, isRight: (found: unknown) => found is T) =>
    (name: string): T => {
      const found = value[name]
      if (!isRight(found)) throw wrong(`${wanted} as "${name}"`, found)
      return found
    }
  const values: Values = {
    text: get('a text', isText),
    textOrNull: get('a text or null', orNull(isText)),
    flag: get('true or false', isFlag),
    flagOrNull: get('true, false or null', orNull(isFlag)),
    number: get('a whole number', isWhole),
    list: (name, each) => get('a list', isList)(name).map(each),
    listOrNull: (name, each) => (value[name] === null ? null : values.list(name, each)),
    object: (name, read) => read(valuesOf(source, get('an object', isObject)(name))),
    objectOrNull: (name, read) => (value[name] === null ? null : values.object(name, read)),
    record: (name, each) =>
      Object.fromEntries(
        Object.entries(get('an object', isObject)(name)).map(([key, item]) => [key, each(item)]),
      ),
    recordOrNull: (name, each) => (value[name] === null ? null : values.record(name, each)),
  }
  return values
}

export const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isWhole = (value: unknown): value is number => Number.isInteger(value)
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const orNull =
  <T>(isRight: (value: unknown) => value is T) =>
  (value: unknown): value is T | null =>
    value === null || isRight(value)
