import type { Command } from '../command.js'
import { exitOfFacts } from '../exit.js'
import { hostOptions } from '../options.js'

export const facts: Command = {
  name: 'facts',
  synopsis: 'facts',
  words: 0,
  options: hostOptions,
  summary: 'what was detected, and what could not be and why',
  story: `Shows what this host is: system, kernel, iptables, nft, network, Docker, agent.
Writes nothing. Exit 0: everything was told; 3: something could not be.`,
  needsRoot: true,
  async run(call) {
    await call.only()
    if (call.options.policy !== undefined) await call.policy()
    const found = await call.parts.detect(await call.parts.host())
    if (call.options.format === 'json') {
      const { factsJson } = await import('../../report/json.js')
      call.print(factsJson(found))
    } else {
      const { factsText } = await import('../../report/facts-text.js')
      call.print(factsText(found, call.paint, call.width))
    }
    return exitOfFacts(found)
  },
}
