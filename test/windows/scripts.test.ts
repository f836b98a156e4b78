import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { noPowerShell, startEngine } from './engine.js'

const folder = 'windows'
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter(name => /\.psm?1$/.test(name))
  .sort()
const verbs =
  /^(Add|Complete|ConvertFrom|ConvertTo|Export|Find|Format|Get|Import|Initialize|Install|Invoke|Join|New|Out|Register|Remove|Repair|Resolve|Restart|Select|Set|Split|Start|Stop|Test|Uninstall|Unregister|Update|Wait|Watch|Where|Write|ForEach)-[A-Z]\w*$/
/** Written in XML, and functions once they are loaded: NetTCPIP, NetAdapter, NetSecurity, ScheduledTasks. */
const ofModules =
  /^\w+-(Net(IPAddress|Route|Adapter|TCPConnection|Firewall(Rule|PortFilter))|ScheduledTask\w*)$/

t.test('scripts as they ship', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  for (const name of files)
    t.test(name, async t => {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      const { faults, commands, functions } = await engine.lint(path)
      t.same(faults, [], 'PowerShell\u2019s parser takes it, and so would that of 5.1')
      t.match(text, /^[\x20-\x7e\n]*$/, 'ASCII: 5.1 reads anything else in the code page of the day')
      t.match(text, /Set-StrictMode -Version Latest\n\$ErrorActionPreference = 'Stop'\n/)
      t.notMatch(text, /Invoke-Expression|\biex\b|\[scriptblock\]::Create|-EncodedCommand|cmd(\.exe)? \/c/i)
      const named = commands.filter(({ name }) => name !== null && !/^(netsh|docker|icacls)$/.test(name))
      t.same(
        named.filter(({ name }) => !verbs.test(name ?? '')),
        [],
        'no alias, and only approved verbs',
      )
      t.same(
        commands.filter(
          ({ name, parameters }) => ofModules.test(name ?? '') && !parameters.includes('ErrorAction'),
        ),
        [],
        'functions of modules do not see $ErrorActionPreference',
      )
      t.same(
        functions.filter(name => !verbs.test(name)),
        [],
      )
    })
})

t.test('each script says what it is for', async t => {
  for (const name of files)
    t.match(readFileSync(join(folder, name), 'utf8'), /^(<#\n\.SYNOPSIS\n\w|# \w)/, name)
})
