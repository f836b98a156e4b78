import t from 'tap'
import { parseNftSleep } from '../../src/netfilter/nft-sleep.js'
import { ParseError } from '../../src/model/errors.js'

const told = (...tables: readonly object[]) =>
  JSON.stringify({
    nftables: [{ metainfo: { json_schema_version: 1 } }, ...tables.map(table => ({ table }))],
  })

t.test('tables that hook nothing, as each nft names them', async t => {
  const nat = { family: 'ip', name: 'nat', handle: 1 }
  const filter = { family: 'ip', name: 'filter', handle: 2 }
  const rows = [
    ['none', told(nat, filter), []],
    // As nft 1.0.6 prints it: the name of another object stands where the flag belongs.
    ['nft 1.0.6', told({ ...nat, flags: 'filter' }, filter), [['ip nat', 'perhaps']]],
    ['nft 1.1.7', told({ ...nat, flags: ['dormant'] }, filter), [['ip nat', 'dormant']]],
    ['nft 1.1.3', told({ ...nat, flags: 'dormant' }), [['ip nat', 'dormant']]],
    ['owned', told({ ...nat, flags: ['owner', 'persist'] }), []],
    ['no tables', told(), []],
  ] as const
  for (const [behaviour, text, asleep] of rows) t.same([...parseNftSleep(text)], asleep, behaviour)
  t.throws(() => parseNftSleep('Error'), ParseError)
})
