import type { ProveReport } from '../model/prove.js'
import type { Report } from '../model/report.js'
import { printers } from '../report/formats.js'
import type { Call } from './command.js'
import { readingOf } from './reading.js'

/** Prints what `check` or `apply` found, in the format that was asked for. */
export async function printReport(report: Report, call: Call, proven?: ProveReport): Promise<void> {
  const print = await printers[call.options.format]()
  call.print(print({ report, ...(proven === undefined ? {} : { proven }), reading: await readingOf(call) }))
}
