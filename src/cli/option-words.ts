import { roleKinds } from '../model/iam.js'
import { logFormats, logLevels } from './logger.js'

/** One option as yargs takes it. Values stay text here, so that every complaint is worded in one place. */
export interface OptionWords {
  readonly type: 'string' | 'boolean'
  readonly describe: string
  /** What can be meant, where it can be listed. */
  readonly values?: Values
}

export type Values = readonly string[] | 'file' | 'control' | 'task policy' | 'script'

/** A name apart: no property is called so, for a command of ours never goes through one. */
export const shellOption = 'shell'

export const optionWords = {
  format: { type: 'string', describe: 'text or json; check and apply know more' },
  policy: { type: 'string', describe: 'policy file (default /etc/taskfence/policy.json)', values: 'file' },
  only: { type: 'string', describe: 'only this control; may be given again', values: 'control' },
  'restart-agent': {
    type: 'boolean',
    describe: 'apply: restart the ECS agent where a setting waits for it',
  },
  verify: { type: 'boolean', describe: 'audit: is the chain of records whole' },
  'confirm-within': { type: 'string', describe: 'apply: seconds until it is taken back unless confirmed' },
  unconfirmed: { type: 'boolean', describe: 'revert: only the apply that nobody confirmed yet' },
  'dry-run': { type: 'boolean', describe: 'revert: only say what would be taken back' },
  live: { type: 'boolean', describe: 'check: ask with real packets too, as prove does' },
  root: { type: 'string', describe: "an image's root folder in the place of this host", values: 'file' },
  'lock-wait': { type: 'string', describe: 'seconds to wait for another writer (default 30)' },
  account: { type: 'string', describe: 'AWS account, 12 digits' },
  region: { type: 'string', describe: 'AWS region; it tells the partition' },
  'instance-id': { type: 'string', describe: 'asff, ssm-compliance: this instance' },
  role: { type: 'string', describe: 'whose policies: task, execution or instance', values: roleKinds },
  bucket: { type: 'string', describe: 's3-read: a bucket; may be given again' },
  os: { type: 'string', describe: 'linux or windows', values: ['linux', 'windows'] },
  initialize: { type: 'boolean', describe: 'Windows: set up with ECSTools, then check' },
  cluster: { type: 'string', describe: 'the ECS cluster to join' },
  [shellOption]: {
    type: 'string',
    describe: 'powershell (default) or cmd, for images without PowerShell',
    values: ['powershell', 'cmd'],
  },
  'with-metadata': { type: 'boolean', describe: 'a way to the instance metadata service too' },
  'no-color': { type: 'boolean', describe: 'plain text, also on a terminal' },
  'log-level': {
    type: 'string',
    describe: 'debug, info, warn (default; watch: info) or error, on standard error',
    values: logLevels,
  },
  'log-format': { type: 'string', describe: 'the log as text (default) or json', values: logFormats },
} as const satisfies Readonly<Record<string, OptionWords>>

export type OptionName = keyof typeof optionWords
export const optionNames = Object.keys(optionWords) as readonly OptionName[]
