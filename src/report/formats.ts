import type { ProveReport } from '../model/prove.js'
import type { Report } from '../model/report.js'
import type { History } from './html/history.js'
import type { Reading } from './reading.js'

/** What `check` and `apply` have to tell. */
export interface Told {
  readonly report: Report
  /** Of `check --live`. */
  readonly proven?: ProveReport
  readonly reading: Reading
  /** Which host; asff alone needs it. */
  readonly instance?: Instance
  /** Which host, as Systems Manager knows it: "i-…", "mi-…". */
  readonly nodeId?: string
  /** What the audit log has of this host; html alone tells it. */
  readonly history?: History
  /** "ip-10-0-1-17, i-0123456789abcdef0": a page that is sent on has to say of which host it is. */
  readonly host?: string
}

/** An instance of EC2, or one of ECS Anywhere. */
export interface Instance {
  /** 12 digits. */
  readonly account: string
  readonly region: string
  readonly partition: string
  /** "i-0123456789abcdef0", "mi-…" */
  readonly id: string
}

export const formats = ['text', 'json', 'junit', 'prometheus', 'html', 'asff', 'ssm-compliance'] as const
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
  html: async () => (await import('./html/page.js')).htmlPage,
  asff: async () => (await import('./asff.js')).asff,
  junit: async () => (await import('./junit.js')).junit,
  'ssm-compliance': async () => (await import('./ssm-compliance.js')).ssmCompliance,
}
