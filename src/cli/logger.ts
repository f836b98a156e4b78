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

/**
 * One event a line: "2025-01-31T12:00:00.000Z warn message key=value". winston is loaded by the first event that is
 * wanted: it takes as long to load as the rest of the program.
 */
export function openLog(level: LogLevel, write: (text: string) => void, now: () => Date): Log {
  let written: Promise<void> = Promise.resolve()
  let logger: Promise<Logger> | undefined
  const at =
    (eventLevel: LogLevel) =>
    (message: string, fields: Fields = {}): void => {
      if (logLevels.indexOf(eventLevel) < logLevels.indexOf(level)) return
      const timestamp = now().toISOString()
      logger ??= makeLogger(level, write)
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

async function makeLogger(level: LogLevel, write: (text: string) => void): Promise<Logger> {
  const { createLogger, format, transports } = (await import('winston')).default
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk.toString())
      done()
    },
  })
  return createLogger({
    level,
    format: format.printf(({ timestamp, level: eventLevel, message, fields }) =>
      [String(timestamp), eventLevel, oneLine(String(message)), ...pairs(fields as Fields)].join(' '),
    ),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its classes as interfaces
    transports: [new transports.Stream({ stream, eol: '\n' })],
  })
}

const pairs = (fields: Fields): readonly string[] =>
  Object.entries(fields).map(([key, value]) => {
    const text = oneLine(String(value))
    return `${key}=${/^[\w./:@-]+$/.test(text) ? text : JSON.stringify(text)}`
  })

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' / ')
