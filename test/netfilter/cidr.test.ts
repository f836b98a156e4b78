import t from 'tap'
import { contains, overlap, parseNetwork } from '../../src/netfilter/cidr.js'

t.test('a network is the same however it is written', async t => {
  for (const [one, other] of [
    ['10.0.0.0/8', '10.0.0.0/255.0.0.0'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.0.0.1', '10.0.0.1/32'],
    ['fd00:ec2::254', 'fd00:0ec2:0:0:0:0:0:254/128'],
    ['::ffff:169.254.169.254', '::ffff:a9fe:a9fe'],
    ['0.0.0.0/0', '0.0.0.0/0.0.0.0'],
  ] as const)
    t.same(parseNetwork(one), parseNetwork(other), `${one} and ${other}`)
})

t.test('what is no network is none', async t => {
  for (const text of [
    ...['', 'x', '10.0.0', '10.0.0.256', '10.0.0.0/33', '10.0.0.0/255.0.255.0', '10.0.0.0/ffff::'],
    ...['::1::', 'fd00::/129', '1:2:3:4:5:6:7:8:9', '::ffff:169.254.169', 'fd00:xyz::'],
  ])
    t.equal(parseNetwork(text), null, text)
})

t.test('one in another', async t => {
  const network = (text: string) => {
    const found = parseNetwork(text)
    if (found === null) throw new Error(text)
    return found
  }
  t.equal(contains('10.0.0.0/8', '10.255.255.255'), true)
  t.equal(contains('10.0.0.0/8', '11.0.0.0'), false)
  t.equal(contains('::/0', '10.0.0.0'), false, 'another family')
  t.equal(overlap(network('10.0.0.0/8'), network('10.1.0.0/16')), true)
  t.equal(overlap(network('10.0.0.0/16'), network('10.1.0.0/16')), false)
})
