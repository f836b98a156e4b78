import fc from 'fast-check'
import t from 'tap'
import { parseEnvironmentFile } from '../../src/detect/agent-config.js'
import { findingsIn } from '../../src/detect/agent-findings.js'
import { readAgentJson } from '../../src/detect/agent-json.js'
import { detect } from '../../src/detect/index.js'
import { switchOf } from '../../src/ecs-config/switch.js'
import { engineAnswers, type FakeContainer } from '../fakes/engine.js'
import { fakeHost, unreadable, type FakeOptions } from '../fakes/fake-host.js'

// The same cases in every run; TASKFENCE_SEED chooses others.
fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const environments: readonly (readonly [text: string, values: Readonly<Record<string, string>>])[] = [
  ['A=1\nB=two words\n', { A: '1', B: 'two words' }],
  ['A="1"\nB=\'2\'\n', { A: '1', B: '2' }],
  ['# A=1\n; B=2\n\nC=3', { C: '3' }],
  ['A=1\nA=2\n', { A: '2' }],
  ['  A = 1\n A=1 \r\n', { A: '1' }],
  ['export A=1\n1A=2\nA\n=3\n', {}],
  ['A=\n', { A: '' }],
  ['A="half\nB=b"\n', { A: '"half', B: 'b"' }],
]

t.test('environment files', async t => {
  for (const [text, values] of environments)
    t.same(Object.fromEntries(parseEnvironmentFile(text)), values, text)
  fc.assert(
    fc.property(fc.string(), text => [...parseEnvironmentFile(text).keys()].every(key => /^\w+$/.test(key))),
  )
})

const user = '/etc/ecs/ecs.config'
const instance = '/var/lib/ecs/ecs.config'
const jsonFile = '/etc/ecs/ecs.config.json'
const amazonLinux = '/usr/lib/systemd/system/ecs.service'
const unitOf = (...lines: readonly string[]) =>
  ['[Service]', ...lines, 'ExecStart=/usr/libexec/amazon-ecs-init start', ''].join('\n')
const byInit = { [amazonLinux]: unitOf(`EnvironmentFile=-${instance}`, `EnvironmentFile=-${user}`) }
const agent = (given: Partial<FakeContainer> = {}): FakeOptions => ({
  files: { '/run/docker.sock': '' },
  http: engineAnswers([{ id: 'a9', name: 'ecs-agent', mode: 'host', ...given }]),
})

const detected = async (options: FakeOptions) =>
  detect(fakeHost({ ...options, files: { '/etc/os-release': 'ID=amzn\n', ...options.files } }))
const configOf = async (files: FakeOptions['files'], options: FakeOptions = {}) =>
  (await detected({ ...options, files: { ...options.files, ...files } })).agentConfig

const skip = 'ECS_SKIP_LOCALHOST_TRAFFIC_FILTER'
const allow = 'ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS'
const switches: readonly (readonly [
  behaviour: string,
  files: FakeOptions['files'],
  skips: boolean,
  allows: boolean,
])[] = [
  ['no files', {}, false, false],
  ['true', { [user]: `${skip}=true\n` }, true, false],
  ['1', { [user]: `${allow}=1\n` }, false, true],
  ['what Go does not take for true is false', { [user]: `${skip}=yes\n${allow}=on\n` }, false, false],
  ['/etc wins', { [user]: `${skip}=false\n`, [instance]: `${skip}=true\n${allow}=true\n` }, false, true],
  ['in quotes, which systemd takes off', { [user]: `${skip}="T"\n` }, true, false],
  [
    'in a file that the unit of Amazon Linux does not name',
    {
      [amazonLinux]: unitOf(`EnvironmentFile=-${user}`),
      [instance]: `${skip}=true\n`,
      [user]: `${allow}=true\n`,
    },
    false,
    true,
  ],
  [
    'of a unit that names no file, as that of SUSE',
    { [amazonLinux]: unitOf(), [user]: `${skip}=true\n` },
    false,
    false,
  ],
  [
    'where a unit starts a container by hand, the settings files say what is meant',
    { [amazonLinux]: '[Service]\nExecStart=/usr/bin/docker run ecs-agent\n', [user]: `${skip}=true\n` },
    true,
    false,
  ],
  [
    'in a file that a drop-in adds',
    {
      [amazonLinux]: unitOf(),
      '/etc/systemd/system/ecs.service.d/local.conf': '[Service]\nEnvironmentFile=/etc/ecs/local.env\n',
      '/etc/ecs/local.env': `${skip}=true\n`,
    },
    true,
    false,
  ],
  [
    'said by the unit itself, which a file overrules',
    {
      [amazonLinux]: unitOf(`Environment=${skip}=true "${allow}=true"`, `EnvironmentFile=-${user}`),
      [user]: `${skip}=false\n`,
    },
    false,
    true,
  ],
  [
    'said by drop-ins, wherever they lie; of one name the one in /etc counts',
    {
      [amazonLinux]: unitOf(),
      '/usr/lib/systemd/system/ecs.service.d/10-a.conf': `[Service]\nEnvironment=${skip}=true\n`,
      '/run/systemd/system/ecs.service.d/20-b.conf': `[Service]\nEnvironment=${allow}=true\n`,
      '/etc/systemd/system/ecs.service.d/20-b.conf': '[Service]\n',
    },
    true,
    false,
  ],
  [
    'taken back by a drop-in',
    {
      [amazonLinux]: unitOf(`Environment=${skip}=true`, `EnvironmentFile=-${user}`),
      [user]: `${allow}=true\n`,
      '/etc/systemd/system/ecs.service.d/local.conf': '[Service]\nEnvironment=\nEnvironmentFile=\n',
    },
    false,
    false,
  ],
]

for (const [behaviour, files, skipLocalhostTrafficFilter, allowOffhostIntrospection] of switches)
  t.test(`switches of ecs-init: ${behaviour}`, async t => {
    t.match(await configOf(files), { skipLocalhostTrafficFilter, allowOffhostIntrospection })
  })

t.test('switches that cannot be read turn nothing off: they are unknown', async t => {
  const facts = await detected({ files: { [user]: unreadable } })
  t.equal(facts.agentConfig, null)
  t.match(facts.unknown.agentConfig, /ecs\.config: EIO/)
})

const block = 'ECS_AWSVPC_BLOCK_IMDS'
const role = 'ECS_ENABLE_TASK_IAM_ROLE'
const eni = 'ECS_ENABLE_TASK_ENI'

type Setting = readonly [name: string, value: string | null, source: string, running?: string | null]
const settings: readonly (readonly [
  behaviour: string,
  files: FakeOptions['files'],
  options: FakeOptions,
  ...expected: readonly Setting[],
])[] = [
  ['nothing is installed and no file is there', {}, {}, [role, null, 'default'], [block, null, 'default']],
  ['what ecs-init sets by itself', byInit, {}, [role, 'true', 'ecs-init'], [block, null, 'default']],
  ['a file', { ...byInit, [user]: `${block}=true\n` }, {}, [block, 'true', user]],
  [
    'the file of the user wins over that of the instance',
    { ...byInit, [user]: `${role}=true\n`, [instance]: `${role}=false\n${block}=true\n` },
    {},
    [role, 'true', user],
    [block, 'true', instance],
  ],
  ['the last line wins', { ...byInit, [user]: `${role}=true\n${role}=false\n` }, {}, [role, 'false', user]],
  ['quotes stay part of the value', { ...byInit, [user]: `${role}="true"\n` }, {}, [role, '"true"', user]],
  [
    '`export` sets another name',
    { ...byInit, [user]: `export ${block}=true\n` },
    {},
    [block, null, 'default'],
  ],
  [
    'the JSON file, where no environment says',
    { ...byInit, [jsonFile]: '{"AWSVPCBlockInstanceMetdata":true,"TaskIAMRoleEnabled":false}' },
    {},
    [block, 'true', jsonFile],
    [role, 'true', 'ecs-init'],
  ],
  [
    'the JSON file, where the environment says nothing that the agent understands',
    { ...byInit, [user]: `${block}=yes\n`, [jsonFile]: '{"AWSVPCBlockInstanceMetdata":true}' },
    {},
    [block, 'true', jsonFile],
  ],
  ['an empty JSON file, as images have it', { ...byInit, [jsonFile]: '' }, {}, [role, 'true', 'ecs-init']],
  [
    'ECS Anywhere: ecs-init takes task interfaces back',
    { ...byInit, [instance]: 'ECS_EXTERNAL=true\n', [user]: `${eni}=true\n` },
    {},
    [eni, 'false', 'ecs-init'],
  ],
  [
    'what the running agent has, and what the next one gets',
    { ...byInit, [user]: `${block}=true\n` },
    agent({ env: [`${role}=true`, 'ECS_CLUSTER=lab', 'AWS_SECRET_ACCESS_KEY=secret'] }),
    [block, 'true', user, null],
    [role, 'true', 'ecs-init', 'true'],
  ],
  [
    'a container by hand keeps what it was made with',
    { [user]: `${block}=true\n` },
    agent({ env: [`${role}=1`] }),
    [role, '1', 'docker run', '1'],
    [block, null, 'default', null],
  ],
]

for (const [behaviour, files, options, ...expected] of settings)
  t.test(`settings: ${behaviour}`, async t => {
    const config = await configOf(files, options)
    for (const [name, value, source, running] of expected)
      t.same(
        config?.settings.find(setting => setting.name === name),
        { name, value, source, ...(running === undefined ? {} : { running }) },
        name,
      )
    t.notMatch(JSON.stringify(config), /secret|lab/, 'nothing else of the environment is kept')
  })

t.test('a native agent: only what stands in a file', async t => {
  const native = { [amazonLinux]: '[Service]\nExecStart=/usr/bin/amazon-ecs-agent\n' }
  t.same((await configOf(native))?.settings, [])
  t.same((await configOf({ ...native, [jsonFile]: '{"AWSVPCBlockInstanceMetdata":true}' }))?.settings, [
    { name: block, value: 'true', source: jsonFile },
  ])
  const fixed = {
    [amazonLinux]:
      '[Service]\nEnvironmentFile=/etc/ecs/ecs.config\nEnvironment=ECS_CHECKPOINT=true\nExecStart=/usr/bin/amazon-ecs-agent\n',
    [`${amazonLinux}.d/defaults.conf`]: `[Service]\nEnvironment="${role}=true" ${eni}=on\n`,
    [user]: `${block}="true"\n`,
    [jsonFile]: '{"AWSVPCBlockInstanceMetdata":false}',
  }
  t.same(
    (await configOf(fixed))?.settings,
    [
      { name: role, value: 'true', source: 'ecs.service' },
      { name: block, value: 'true', source: 'ecs.service' },
    ],
    "what its unit gives it, as systemd reads that: quotes go, and it is before the agent's own file",
  )
})

t.test('ECS Anywhere', async t => {
  for (const [value, external] of [
    ['true', true],
    ['"true"', true],
    ['True', false],
    ['1', false],
    ['false', false],
  ] as const)
    t.match(await configOf({ ...byInit, [instance]: `ECS_EXTERNAL=${value}\n` }), { external }, value)
  t.match(
    await configOf({}, agent({ env: ['ECS_EXTERNAL=1'] })),
    { external: true },
    'the agent itself takes 1',
  )
})

t.test('an inspection that fails costs only what the running agent has', async t => {
  const { http } = agent()
  const options = {
    files: { '/run/docker.sock': '', ...byInit },
    http: { ...http, '/containers/a9/json': 500 },
  }
  const { agentConfig, unknown } = await detected(options)
  t.match(unknown.agentConfig, /a9\/json with status 500/)
  t.same(agentConfig?.settings[0], { name: role, value: 'true', source: 'ecs-init' })
  const ended = {
    ...http,
    '/containers/a9/json': { status: 404, body: '{"message":"No such container"}' },
  }
  t.equal((await detected({ ...options, http: ended })).unknown.agentConfig, undefined, 'it has ended since')
})

const findings: readonly (readonly [line: string, hint: RegExp | undefined])[] = [
  [`${block}=true`, undefined],
  [`${block}= true`, undefined],
  [`${block}=1`, undefined],
  [`${block}=False`, undefined],
  ['ECS_CLUSTER="lab"', undefined],
  ['ECS_ENGINE_AUTH_DATA={"https://index":{"password":"yes"}}', undefined],
  [`#${block}=yes`, undefined],
  [`# ${block} is off`, undefined],
  [`${block}="true"`, /quotes become part of the value.*write ECS_AWSVPC_BLOCK_IMDS=true/],
  [`${block}='false'`, /quotes.*=false/],
  [`export ${block}=true`, /"export" becomes part of the name/],
  [`${block} =true`, /space before "="/],
  [`\ufeff${block}=true`, /^the byte order mark before it becomes part of the name/],
  [`\u200b${block}=true`, /cannot be seen/],
  [`${block}\u00a0=true`, /space before "="/],
  [`${block.toLowerCase()}=true`, /capitals, and ECS_AWSVPC_BLOCK_IMDS is not set/],
  [`${block}: true`, /^without a "=" the line says nothing/],
  [`${block} true`, /^without a "="/],
  [`${block} should be true`, undefined],
  [block, undefined],
  [`${block}=true # as asked`, /a comment needs a line of its own/],
  [`${block}=yes`, /"yes" is neither true nor false/],
  [`${block}=on`, /"on" is neither/],
  [`${block}=tRuE`, /neither/],
  [`${block}=`, /"" is neither true nor false/],
  ['ECS_EXTERNAL=True', /nothing but "true"/],
  ['ECS_EXTERNAL=1', /nothing but "true"/],
  ['ECS_EXTERNAL=0', undefined],
  [`${skip}="true"`, undefined],
  [`${skip}=yes`, /neither/],
  [`${allow}="true" # no`, /a comment needs|neither/],
]

t.test('lines that look right and are off', async t => {
  for (const [line, hint] of findings) {
    const found = findingsIn(user, `ECS_CLUSTER=lab\n${line}\n`)
    if (hint === undefined) t.same(found, [], line)
    else {
      t.match(found, [{ path: user, line: 2, hint }], line)
      t.equal(found.length, 1)
    }
  }
  t.match(
    findingsIn(user, `${block}=true\r\nA=1\r\n${block}=false\r\n`),
    [{ line: 3, hint: 'line 1 says "true"; the last line counts' }],
    'two lines that disagree',
  )
  t.same(findingsIn(user, `${block}=true\n${block}=true\n`), [], 'two lines that agree')
})

t.test('findings of every file, and a JSON file that is none', async t => {
  const config = await configOf({
    [user]: `${block}=on\n`,
    [instance]: `${role}="true"\n`,
    [jsonFile]: '{"a":',
  })
  t.match(config?.findings, [{ path: jsonFile }, { path: instance, line: 1 }, { path: user, line: 1 }])
})

const json: readonly (readonly [text: string, values: Readonly<Record<string, string>>, hint?: RegExp])[] = [
  ['', {}],
  ['  \n', {}],
  ['{}', {}],
  ['{"Cluster":"c","TaskENIEnabled":null}', {}],
  ...['[]', '1', 'null', '{', 'ECS_A=1'].map(text => [text, {}, /is no JSON object/] as const),
  ['{"TaskENIEnabled":true}', { TaskENIEnabled: 'true' }],
  ['{"taskeniENABLED":false}', { TaskENIEnabled: 'false' }],
  ['{"AWSVPCBlockInstanceMetdata":"true"}', {}, /"true" is not true or false.*without quotes/],
  ['{"TaskENIEnabled":1}', {}, /1 is not true or false/],
  ['{"AWSVPCBlockInstanceMetadata":true}', {}, /sets nothing.*AWSVPCBlockInstanceMetdata$/],
  ['{"ECS_AWSVPC_BLOCK_IMDS":true}', {}, /sets nothing.*AWSVPCBlockInstanceMetdata$/],
]

t.test("the agent's own JSON file", async t => {
  for (const [text, values, hint] of json) {
    const found = readAgentJson(jsonFile, text)
    t.same(Object.fromEntries(found.values), values, text)
    t.match(found.findings, hint === undefined ? [] : [{ path: jsonFile, line: 1, hint }], text)
    t.equal(found.findings.length, hint === undefined ? 0 : 1, text)
  }
  const third = readAgentJson(jsonFile, '{\n  "Cluster": "c",\n  "TaskENIEnabled": "yes"\n}\n')
  t.match(third.findings, [{ line: 3, text: 'TaskENIEnabled: "yes"' }])
})

t.test(
  'whatever a file holds: only lines about known settings are told, and none that counts as it looks',
  async () => {
    const word = fc.oneof(
      fc.constantFrom(block, role, 'ECS_CLUSTER', 'export ', ' ', '"', '=', '#', 'true', 'on'),
      fc.string(),
    )
    const text = fc
      .array(
        fc.array(word).map(words => words.join('')),
        { maxLength: 6 },
      )
      .map(lines => lines.join('\n'))
    fc.assert(
      fc.property(text, text =>
        findingsIn(user, text).every(
          ({ text: line, hint }) =>
            /ECS_(AWSVPC_BLOCK_IMDS|ENABLE_TASK_IAM_ROLE)/.test(line) &&
            (switchOf(line.slice(line.indexOf('=') + 1)) === null ||
              / last line counts|part of the name/.test(hint)),
        ),
      ),
    )
  },
)
