import type { ProveReport } from '../model/prove.js'
import type { Report } from '../model/report.js'
import type { Reading } from './reading.js'

/** What `check` and `apply` have to tell. */
export interface Told {
  readonly report: Report
  /** Of `check --live`. */
  readonly proven?: ProveReport
  readonly reading: Reading
}

export const formats = ['text', 'json', 'junit', 'prometheus'] as const
export type Format = (typeof formats)[number]
type Printer = (told: Told) => string

/** How a report is printed in each format; each is loaded when asked for. */
export const printers: Readonly<Record<Format, () => Promise<Printer>>> = {
  async text() {
    const { reportText } = await import('./text.js')
    const { proveText } = await import('./prove-text.js')
    return ({ report, proven, reading }) =>
      [reportText(report, reading), ...(proven === undefined ? [] : [proveText(proven, reading)])].join('\n')
  },
  async json() {
    const { reportJson } = await import('./json.js')
    return ({ report, proven }) => reportJson(report, proven)
  },
  prometheus: async () => (await import('./prometheus.js')).prometheus,
  junit: async () => (await import('./junit.js')).junit,
}
