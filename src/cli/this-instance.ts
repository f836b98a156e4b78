import type { Facts } from '../model/facts.js'
import type { Instance } from '../report/formats.js'
import type { Call } from './command.js'
import { accountIn, regionIn } from './iam.js'
import { usage } from './options.js'

/**
 * Which instance this is: as asked, else as the host tells without being asked over the network. A running task's ARN
 * has account and region; the board's asset tag is the instance id on Nitro (EC2 User Guide). Throws E_USAGE.
 */
export async function thisInstance(facts: Facts, call: Call): Promise<Instance> {
  const { options } = call
  const [, , , region, account] = facts.tasks?.[0]?.arn.split(':') ?? []
  const told = { ...options, account: options.account ?? account, region: options.region ?? region }
  return {
    account: accountIn(told, 'check'),
    ...regionIn(told, 'check'),
    id: await thisNode(call),
  }
}

/** Its id alone: as asked, else as its board tells. Throws E_USAGE. */
export const thisNode = async (call: Call): Promise<string> =>
  call.options.instance === undefined ? ofBoard(call) : known(call.options.instance)

/** Its name, and its id where the board tells one: "ip-10-0-1-17, i-0123456789abcdef0"; undefined: an image, or nobody tells. */
export async function hostWords({ parts, options, env }: Call): Promise<string | undefined> {
  if (options.root !== undefined) return undefined
  const { files } = await parts.host()
  const read = async (path: string) => (await files.read(path).catch(() => null))?.trim() ?? ''
  const [name, tag] = await Promise.all(['/proc/sys/kernel/hostname', assetTag].map(read))
  const words = [name === '' ? (env['COMPUTERNAME'] ?? '') : name, idForm.test(tag ?? '') ? tag : ''].filter(
    Boolean,
  )
  return words.length === 0 ? undefined : words.join(', ')
}

const assetTag = '/sys/devices/virtual/dmi/id/board_asset_tag'

async function ofBoard({ parts }: Call): Promise<string> {
  const host = await parts.host()
  // Older boards have no such file, or nobody may read it.
  const tag = await host.files.read(assetTag).catch(() => null)
  return known(tag?.trim() ?? '')
}

const idForm = /^m?i-[0-9a-f]{8,17}$/

function known(id: string): string {
  if (id === '') throw usage('--instance-id is missing', 'check')
  if (!idForm.test(id)) throw usage(`--instance-id ${JSON.stringify(id)}: expected "i-…" or "mi-…"`, 'check')
  return id
}
