import t from 'tap'
import { defaults } from '../../src/cli/policy/defaults.js'
import { canonicalCidr, cidrFault } from '../../src/cli/policy/allowance.js'
import { controls, taskfence } from './fakes.js'

const enforced = Object.fromEntries(controls.map(({ id }) => [id, 'enforce']))

t.test('a policy is what its file says, and the defaults', async t => {
  const policyOf = async (text?: string) => {
    const files = text === undefined ? {} : { '/etc/taskfence/policy.json': text }
    const { asked, stderr } = await taskfence(['check'], { files })
    return asked[0]?.policy ?? stderr
  }
  const { onDrift, persistence, watch, audit, metrics } = defaults
  const whole = { controls: enforced, imdsAllow: [], persistence, onDrift, watch, audit, metrics }
  t.same(await policyOf(), whole, 'no file')
  t.same(await policyOf('{}'), whole, 'an empty policy')
  t.same(
    await policyOf('{"$schema":"x","controls":{"imds-bridge":"observe","route-localnet":"off"}}'),
    { ...whole, controls: { ...enforced, 'imds-bridge': 'observe', 'route-localnet': 'off' } },
    'modes',
  )
  const imdsAllow = [
    { bridge: 'br-ops', reason: 'backup' },
    { cidr: '10.9.0.0/16', reason: 'batch' },
    { cidr: 'fd12:3456::/32', reason: 'lab' },
    { family: 'node-exporter_1', reason: 'monitoring' },
  ]
  t.same(await policyOf(JSON.stringify({ imdsAllow })), { ...whole, imdsAllow }, 'allowances')
  t.same(
    await policyOf('{"onDrift":"report","watch":{"schedule":"*/5 * * * *","contest":{"repairs":9}}}'),
    {
      ...whole,
      onDrift: 'report',
      watch: { ...watch, schedule: '*/5 * * * *', contest: { ...watch.contest, repairs: 9 } },
    },
    'what the daemon reads; what is left out inside is the default too',
  )
  t.match(await policyOf('{"persistence":{"failClosed":true}}'), {
    persistence: { ...persistence, failClosed: true },
  })
})

t.test('a policy that is wrong in any detail is refused with its line, and nothing runs', async t => {
  const allow = (entry: string) => `{\n  "imdsAllow": [\n    ${entry}\n  ]\n}`
  const cases: readonly (readonly [what: string, text: string, line: number, says: string])[] = [
    ['no JSON', 'controls: {}', 1, 'not valid JSON: '],
    ['nothing', '', 1, 'not valid JSON: it is empty'],
    ['a byte order mark', '\ufeff{}', 1, 'not valid JSON: a byte order mark; save it as UTF-8 without one'],
    ['a comment', '{\n// off for now\n}', 2, 'not valid JSON: comments are not allowed'],
    ['a trailing comma', '{\n"imdsAllow": [],\n}', 3, 'not valid JSON: expected a key in double quotes'],
    ['two values', '{}\n{}', 2, 'not valid JSON: something stands after the end'],
    ['a missing comma', '{"controls":{}\n"imdsAllow":[]}', 2, 'not valid JSON: expected ","'],
    ['a key twice', '{"controls":{},\n"imdsAllow":[],\n"controls":{}}', 3, 'the key "controls" stands twice'],
    ['no object', '[]', 1, 'expected an object, found a list'],
    ['a key that is near', '{\n\n"imdsAlow": []}', 3, 'unknown key "imdsAlow"; did you mean "imdsAllow"?'],
    [
      'a key of nothing',
      '{"x": 5}',
      1,
      'unknown key "x"; expected controls, imdsAllow, persistence, onDrift, watch, audit or metrics',
    ],
    ['no schedule', '{"watch":{"schedule":"soon"}}', 1, 'watch.schedule: expected a cron expression'],
    ['no number', '{"watch":{"jitterSeconds":1.5}}', 1, 'expected a whole number from 0 to 3600'],
    ['a second that has been', '{"watch":{"jitterSeconds":-1}}', 1, 'expected a whole number from 0 to 3600'],
    ['__proto__', '{"__proto__": {}}', 1, 'unknown key "__proto__"; expected'],
    [
      'an unknown control',
      '{"controls": {\n"imds-brigde": "off"}}',
      2,
      'unknown control "imds-brigde"; did you mean "imds-bridge"?',
    ],
    [
      'an unknown mode',
      '{"controls": {\n"imds-bridge": "on"}}',
      2,
      'controls.imds-bridge: expected "enforce", "observe" or "off", found "on"',
    ],
    [
      'a mode that is none',
      '{"controls": {\n"imds-bridge": false}}',
      2,
      'controls.imds-bridge: expected "enforce", "observe" or "off", found false',
    ],
    ['controls as a list', '{"controls": ["imds-bridge"]}', 1, 'controls: expected an object, found a list'],
    [
      'an allowance without a reason',
      allow('{"bridge": "br-ops"}'),
      3,
      'imdsAllow[0].reason: expected a text',
    ],
    [
      'an empty reason',
      allow('{"bridge": "br-ops", "reason": " "}'),
      3,
      'imdsAllow[0].reason: expected a reason: every report shows it',
    ],
    [
      'a reason that moves the cursor',
      allow('{"bridge": "br-ops", "reason": "\\u001b[2J"}'),
      3,
      'imdsAllow[0].reason: expected one line without control',
    ],
    [
      'an allowance of nothing',
      allow('{"reason": "x"}'),
      3,
      'imdsAllow[0]: expected exactly one of "bridge", "cidr" and "family"',
    ],
    [
      'an allowance of both',
      allow('{"bridge": "b", "cidr": "10.0.0.0/8", "reason": "x"}'),
      3,
      'imdsAllow[0]: expected exactly one of',
    ],
    [
      'an allowance of a family and a bridge',
      allow('{"bridge": "b", "family": "web", "reason": "x"}'),
      3,
      'imdsAllow[0]: expected exactly one of',
    ],
    [
      'a pattern as a family',
      allow('{"family": "web-*", "reason": "x"}'),
      3,
      'imdsAllow[0].family: expected one family, not a pattern, found "web-*"',
    ],
    ['a family with its revision', allow('{"family": "web:3", "reason": "x"}'), 3, 'without a revision'],
    [
      'a family with a quote',
      allow('{"family": "w\'eb", "reason": "x"}'),
      3,
      'the family of a task definition',
    ],
    [
      'every bridge',
      allow('{"bridge": "+", "reason": "x"}'),
      3,
      'imdsAllow[0].bridge: expected the name of one bridge, not a pattern, found "+"',
    ],
    ['a pattern', allow('{"bridge": "docker*", "reason": "x"}'), 3, 'not a pattern'],
    [
      'a name too long',
      allow('{"bridge": "br-0123456789abc", "reason": "x"}'),
      3,
      'expected the name of an interface',
    ],
    [
      'a name with a quote',
      allow('{"bridge": "a\\" accept", "reason": "x"}'),
      3,
      'expected the name of an interface',
    ],
    [
      'a name like an option',
      allow('{"bridge": "-j", "reason": "x"}'),
      3,
      'expected the name of an interface',
    ],
    [
      'the whole internet',
      allow('{"cidr": "0.0.0.0/0", "reason": "x"}'),
      3,
      'too wide: /0 would open the metadata service',
    ],
    ['half of it', allow('{"cidr": "128.0.0.0/1", "reason": "x"}'), 3, 'too wide: /1'],
    ['half of IPv6', allow('{"cidr": "8000::/1", "reason": "x"}'), 3, 'too wide: /1'],
    [
      'an address without a range',
      allow('{"cidr": "10.0.0.1", "reason": "x"}'),
      3,
      'expected an address range such as',
    ],
    [
      'a typing error in a key',
      allow('{"brige": "br-ops", "reason": "x"}'),
      3,
      'unknown key "brige"; did you mean "bridge"?',
    ],
  ]
  for (const [what, text, line, says] of cases) {
    const { exit, stdout, stderr, asked } = await taskfence(['apply', '--policy', '/p.json'], {
      files: { '/p.json': text },
    })
    t.ok(stderr.startsWith(`taskfence: /p.json:${line}: `), `${what}: ${stderr}`)
    t.ok(stderr.includes(says), `${what}: says ${says}`)
    t.match(stderr, /^[^\n]* Nothing was changed\.\n$/, `${what}: one line`)
    t.same({ exit, stdout, asked }, { exit: 78, stdout: '', asked: [] }, `${what}: does nothing`)
  }
})

t.test('a policy file that is not there, not readable or open to everybody is refused', async t => {
  const cases = [
    [['--policy', '/none.json'], {}, '/none.json: no such file.'],
    [
      [],
      { '/etc/taskfence/policy.json': { error: 'EACCES: permission denied' } },
      'EACCES: permission denied.',
    ],
    [
      [],
      { '/etc/taskfence/policy.json': { text: '{}', mode: '666' } },
      'everybody may write it. Run `chmod o-w',
    ],
    [[], { '/etc/taskfence/policy.json': { text: '{}', mode: '' } }, 'cannot tell who may write it.'],
  ] as const
  for (const [options, files, says] of cases) {
    const { exit, stderr, asked } = await taskfence(['apply', ...options], { files: { ...files } })
    t.ok(stderr.includes(says), says)
    t.same({ exit, asked }, { exit: 78, asked: [] }, `${says}: does nothing`)
  }
})

t.test('facts do not depend on a policy, unless one is named', async t => {
  const files = { '/etc/taskfence/policy.json': 'broken', '/p.json': 'broken' }
  t.equal((await taskfence(['facts'], { files })).exit, 0)
  t.equal((await taskfence(['facts', '--policy', '/p.json'], { files })).exit, 78)
})

t.test('ranges are taken in the one form the kernel prints', t => {
  const cases = [
    ['10.0.0.0/8', undefined],
    ['10.1.2.3/32', undefined],
    ['10.1.2.3/16', 'expected "10.1.0.0/16", as the kernel writes it'],
    ['010.0.0.0/8', 'expected an address range'],
    ['10.0.0.0/33', 'expected an address range'],
    ['10.0.0.0/08', 'expected an address range'],
    ['fd00::/16', undefined],
    ['FD12:0:0::/48', 'expected "fd12::/48"'],
    ['fd12::1/64', 'expected "fd12::/64"'],
    ['::ffff:10.0.0.0/104', 'expected an IPv4 range written as IPv4'],
    ['2001:db8:0:0:1::/80', undefined],
    ['fd00::/129', 'expected an address range'],
  ] as const
  for (const [cidr, fault] of cases) {
    const found = cidrFault(cidr)
    t.equal(found === undefined, fault === undefined, `${cidr}: ${found ?? 'fine'}`)
    if (fault !== undefined) t.ok(found?.startsWith(fault), `${cidr}: ${fault}`)
  }
  t.equal(canonicalCidr('10.255.255.255/12'), '10.240.0.0/12')
  t.equal(canonicalCidr('fd12:ffff::1/20'), 'fd12:f000::/20')
  t.end()
})
