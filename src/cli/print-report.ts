import { TaskfenceError } from '../model/errors.js'
import type { ProveReport } from '../model/prove.js'
import type { Report } from '../model/report.js'
import { printers, type Instance } from '../report/formats.js'
import type { History } from '../report/html/history.js'
import type { Call } from './command.js'
import { readingOf } from './reading.js'

/** Prints what `check` or `apply` found, in the format that was asked for. */
export async function printReport(report: Report, call: Call, proven?: ProveReport): Promise<void> {
  const { format } = call.options
  const instance = format === 'asff' ? await instanceOf(report, call) : undefined
  const nodeId = format === 'ssm-compliance' ? await nodeOf(call) : undefined
  const history = format === 'html' && call.options.root === undefined ? await historyOf(call) : undefined
  const host = format === 'html' ? await hostOf(call) : undefined
  const print = await printers[format]()
  call.print(
    print({
      report,
      reading: await readingOf(call),
      ...(proven === undefined ? {} : { proven }),
      ...(instance === undefined ? {} : { instance }),
      ...(nodeId === undefined ? {} : { nodeId }),
      ...(history === undefined ? {} : { history }),
      ...(host === undefined ? {} : { host }),
    }),
  )
}

async function instanceOf(report: Report, call: Call): Promise<Instance> {
  const { thisInstance } = await import('./this-instance.js')
  return thisInstance(report.facts, call)
}

async function nodeOf(call: Call): Promise<string> {
  const { thisNode } = await import('./this-instance.js')
  return thisNode(call)
}

async function hostOf(call: Call): Promise<string | undefined> {
  const { hostWords } = await import('./this-instance.js')
  return hostWords(call)
}

/** The report is worth printing without it: that it could not be read is told there. */
async function historyOf(call: Call): Promise<History | undefined> {
  const { readAudit } = await import('./audit/read.js')
  try {
    return await readAudit(call)
  } catch (error) {
    if (!(error instanceof TaskfenceError)) throw error
    return error.code === 'E_UNSUPPORTED' ? undefined : { unread: error.message }
  }
}
