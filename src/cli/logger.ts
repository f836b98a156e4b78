import { Writable } from 'node:stream'
import type { Logger } from 'winston'

/** Most talkative first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]
export type Fields = Readonly<Record<string, string | number | boolean>>

export interface Log {
  debug(message: string, fields?: Fields): void
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /** Resolves when everything logged so far is written. */
  flush(): Promise<void>
}

export const logFormats = ['text', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

export interface LogInput {
  readonly level: LogLevel
  readonly format: LogFormat
  /** Standard error is the journal: it keeps the time itself, and reads the priority from "<4>" before a line. */
  readonly isJournal: boolean
  readonly write: (text: string) => void
  readonly now: () => Date
}

/**
 * One event a line: "2025-01-31T12:00:00.000Z warn message key=value", or the same as JSON. winston is loaded by the
 * first event that is wanted: it takes as long to load as the rest of the program.
 */
export function openLog(input: LogInput): Log {
  const { level, now } = input
  let written: Promise<void> = Promise.resolve()
  let logger: Promise<Logger> | undefined
  const at =
    (eventLevel: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (logLevels.indexOf(eventLevel) < logLevels.indexOf(level)) return
      const timestamp = now().toISOString()
      logger ??= makeLogger(input)
      const ready = logger
      written = written.then(async () => {
        ;(await ready).log({ level: eventLevel, message, timestamp, fields })
      })
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    flush: () => written,
  }
}

async function makeLogger({ level, format: form, isJournal, write }: LogInput): Promise<Logger> {
  const { createLogger, format, transports } = (await import('winston')).default
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk.toString())
      done()
    },
  })
  const line = form === 'json' ? jsonLine : textLine
  return createLogger({
    level,
    format: format.printf(({ timestamp, level: eventLevel, message, fields }) => {
      const event = { level: eventLevel as LogLevel, message: String(message), fields: fields as Fields }
      return isJournal ? priorities[event.level] + line(event) : line({ at: String(timestamp), ...event })
    }),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its classes as interfaces
    transports: [new transports.Stream({ stream, eol: '\n' })],
  })
}

/** sd-daemon(3) */
const priorities = { debug: '<7>', info: '<6>', warn: '<4>', error: '<3>' } as const

interface LogEvent {
  readonly at?: string
  readonly level: LogLevel
  readonly message: string
  readonly fields: Fields
}

const textLine = ({ at, level, message, fields }: LogEvent): string =>
  [...(at === undefined ? [] : [at]), level, oneLine(message), ...pairs(fields)].join(' ')

const jsonLine = ({ fields, ...event }: LogEvent): string => JSON.stringify({ ...event, ...fields })

const pairs = (fields: Fields): readonly string[] =>
  Object.entries(fields).map(([key, value]) => {
    const text = oneLine(String(value))
    return `${key}=${/^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text)}`
  })

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' / ')
