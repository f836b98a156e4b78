import type { Command } from '../command.js'
import { exits } from '../exit.js'

const name = 'iam trust-policy'

export const iamTrustPolicy: Command = {
  name,
  synopsis: name,
  words: 0,
  options: ['account', 'region', 'log-level'],
  summary: 'who may assume a task\u2019s role: print the trust policy',
  story: `Prints the trust policy of a task role: ECS alone may assume it, and only for
tasks of --account in --region. All clusters: ECS knows no narrower condition.
Needs neither root nor a supported system. Exit 0; 64: no account, no region.`,
  needsRoot: false,
  async run(call) {
    const { options } = call
    const { accountIn, regionIn } = await import('../iam.js')
    const { trustPolicy } = await import('../../iam/trust-policy.js')
    const account = accountIn(options, name)
    call.print(`${JSON.stringify(trustPolicy({ account, ...regionIn(options, name) }), null, 2)}\n`)
    return exits.ok
  },
}
