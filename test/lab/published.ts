import type { ExecResult } from './execute.js'

/** What a test has run, once its JSON was held against the published schema. Throws what is wrong with it. */
export async function asPublished(args: readonly string[], ran: ExecResult): Promise<ExecResult> {
  // Most runs print text, and a build without the tests' packages has no validator.
  if (args.some(word => word.includes('json'))) {
    const { mustBeAsPublished } = await import('../report/schema.js')
    mustBeAsPublished(args, ran.stdout)
  }
  return ran
}
