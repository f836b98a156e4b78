import { partitionOf, type Partition } from '../iam/partition.js'
import { taskPolicies, type TaskPolicy } from '../iam/task-policies.js'
import { nearest } from './nearest.js'
import { usage, type Options } from './options.js'

// What the `iam` commands are asked with. All of them throw E_USAGE for what nobody could mean.

export function accountIn({ account }: Options, command: string): string {
  if (account === undefined) throw usage('--account is missing', command)
  return accountOf(account, command)
}

/** The account that may be left out. */
export const accountIfGiven = ({ account }: Options, command: string): string | undefined =>
  account === undefined ? undefined : accountOf(account, command)

function accountOf(account: string, command: string): string {
  if (!/^\d{12}$/.test(account))
    throw usage(`--account ${JSON.stringify(account)}: expected 12 digits`, command)
  return account
}

export function regionIn(
  { region }: Options,
  command: string,
): { readonly region: string; readonly partition: Partition } {
  if (region === undefined) throw usage('--region is missing', command)
  const partition = partitionOf(region)
  if (partition === null)
    throw usage(
      `--region ${JSON.stringify(region)}: expected a region of aws, aws-cn or aws-us-gov, such as eu-west-1`,
      command,
    )
  return { region, partition }
}

export function taskPolicyIn(word: string | undefined, command: string): TaskPolicy {
  const known = Object.keys(taskPolicies) as readonly TaskPolicy[]
  if (word === undefined) throw usage(`which policy: ${known.join(', ')}`, command)
  const found = known.find(name => name === word)
  if (found !== undefined) return found
  const suggestion = nearest(word, known)
  const way = suggestion === undefined ? `there are ${known.join(', ')}` : `did you mean ${suggestion}?`
  throw usage(`unknown policy ${JSON.stringify(word)}; ${way}`, command)
}

/** Names of buckets as S3 allows them, so without a wildcard. */
export function bucketsIn(policy: TaskPolicy, { buckets }: Options, command: string): readonly string[] {
  if (policy !== 's3-read') {
    if (buckets.length > 0) throw usage(`--bucket belongs to s3-read, not to ${policy}`, command)
    return []
  }
  if (buckets.length === 0) throw usage('s3-read needs --bucket', command)
  const odd = buckets.find(bucket => !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
  if (odd !== undefined)
    throw usage(`--bucket ${JSON.stringify(odd)}: expected the name of a bucket`, command)
  return buckets
}
