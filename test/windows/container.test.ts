import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { run } from '../../src/cli/run.js'
import { nodeFiles } from '../../src/host/node-files.js'
import { fakeHost } from '../fakes/fake-host.js'
import { noPowerShell, startEngine } from './engine.js'
import { freshWorld, type World } from './world.js'

/** What the program prints for these words. */
async function printed(...words: readonly string[]): Promise<{ code: number; text: string; error: string }> {
  let text = ''
  let error = ''
  const host = { ...fakeHost(), files: nodeFiles, scripts: () => resolve('windows') }
  const code = await run(words, {
    parts: { host: async () => host } as never,
    stdout: { write: piece => (text += piece) },
    stderr: { write: piece => (error += piece) },
    self: { file: 'taskfence', args: [] },
    ...{ env: {}, userId: 1000, pid: 1, now: () => new Date(0), onSignal: () => undefined },
  })
  return { code, text, error }
}

const file = (name: string) => readFileSync(`windows/container/${name}`, 'utf8')

t.test('container-bootstrap prints the files that ship', async t => {
  t.match(await printed('container-bootstrap'), { code: 0, text: file('bootstrap.ps1'), error: '' })
  t.equal((await printed('container-bootstrap', '--shell', 'powershell')).text, file('bootstrap.ps1'))
  t.equal((await printed('container-bootstrap', '--shell', 'cmd')).text, file('bootstrap.cmd'))
  t.equal((await printed('container-bootstrap', '--shell', 'bash')).code, 64)
})

t.test('the metadata service only when asked for', async t => {
  for (const [shell, name] of [
    ['powershell', 'bootstrap.ps1'],
    ['cmd', 'bootstrap.cmd'],
  ] as const) {
    t.notMatch(file(name), /169\.254\.169\.254/)
    const { text } = await printed('container-bootstrap', '--shell', shell, '--with-metadata')
    t.equal(text.replace(/,? '?169\.254\.169\.254\/32'?/, ''), file(name))
  }
})

t.test('cmd reads lines that end as on Windows, in ASCII', async t => {
  t.match(file('bootstrap.cmd'), /^([\x20-\x7e]*\r\n)+$/)
})

t.test('a container', { skip: noPowerShell }, async t => {
  const engine = startEngine()
  t.teardown(() => {
    engine.stop()
  })
  const via = (index: number, hop: string, prefix = '0.0.0.0/0', metric = 256) => ({
    ...{ DestinationPrefix: prefix, InterfaceIndex: index, NextHop: hop },
    ...{ AddressFamily: 'IPv4', RouteMetric: metric },
  })
  const start = async (routes: World['routes']) =>
    engine.run('windows/container/bootstrap.ps1', [], { ...freshWorld(), routes })

  t.test('has a way to its credentials through its default gateway, once', async t => {
    const routes = [via(9, '10.9.9.9', '0.0.0.0/0', 500), via(4, '172.24.0.1', '0.0.0.0/0', 5)]
    const first = await start(routes)
    t.match(first, { exitCode: 0, stdout: '', stderr: '' })
    t.same(first.world.done, ['New-NetRoute 169.254.170.2/32 4'])
    t.match(first.world.routes.at(-1), { NextHop: '172.24.0.1' })
    t.same((await start(first.world.routes)).world.done, [], 'nothing is done twice')
  })

  t.test('a way that leads elsewhere is removed', async t => {
    const { world } = await start([via(4, '172.24.0.1'), via(4, '172.30.0.1', '169.254.170.2/32')])
    t.same(world.done, ['Remove-NetRoute 169.254.170.2/32 4 172.30.0.1', 'New-NetRoute 169.254.170.2/32 4'])
  })

  t.test('without a network it ends with an error, after half a minute', async t => {
    const { exitCode, stderr, world } = await start([])
    t.match({ exitCode, stderr }, { exitCode: 1, stderr: /no default route in 30 s/ })
    t.equal(world.clock, 30)
  })
})

t.test('user data', async t => {
  const windows = await printed('user-data', '--os', 'windows', '--cluster', 'my_cluster-1')
  t.match(
    windows.text,
    /^<powershell>\n[^<]*Initialize-ECSAgent -Cluster 'my_cluster-1' -EnableTaskIAMRole\n[^<]*<\/powershell>\n$/,
  )
  t.match(
    (await printed('user-data', '--os', 'linux', '--cluster', 'c')).text,
    /^#cloud-config\n[^]*ECS_CLUSTER=c\n/,
  )
  for (const cluster of ["x'; calc; '", 'x\ny', '$(id)', '', 'x'.repeat(256), 'ä'])
    t.match(
      await printed('user-data', '--os', 'windows', '--cluster', cluster),
      { code: 64, text: '' },
      cluster,
    )
  t.equal((await printed('user-data', '--cluster', 'c')).code, 64)
  t.equal((await printed('user-data', '--os', 'windows')).code, 64)
})
