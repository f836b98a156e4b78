import t from 'tap'
import { createHeldFence } from '../../src/cli/daemon/held-fence.js'
import type { Child, Host } from '../../src/host/host.js'
import type { FileRule } from '../../src/resources/fence-file-text.js'
import { heldFenceText } from '../../src/resources/held-fence-text.js'
import { fakeHost } from '../fakes/fake-host.js'

const rule = (chain: 'forward' | 'input', name: string, verdict = ' drop'): FileRule => ({
  resource: { kind: 'fence-rule', table: 'taskfence', chain, name, tag: `taskfence-${name}` },
  state: `ip daddr 192.0.2.1 counter name "${name}"${verdict}`,
})
const [forward, input] = [rule('forward', 'one'), rule('input', 'two')]

t.test('its text is one line, which is one transaction', async t => {
  const text = heldFenceText('taskfence', [forward])
  t.notMatch(text, '\n')
  t.match(text, /^add table inet taskfence_held \{ flags owner; \}; add counter /)
  t.match(
    text,
    'add chain inet taskfence_held forward { type filter hook forward priority -308; policy accept; }',
  )
  t.match(
    text,
    /; flush chain inet taskfence_held forward; add rule inet taskfence_held forward ip daddr .* drop comment "taskfence-one"$/,
  )
  t.equal(heldFenceText('taskfence', [rule('forward', 'one', '')]), '', 'what only counts need not be held')
  t.equal(heldFenceText('taskfence_host', [forward]), '', 'each table for itself')
  t.match(
    heldFenceText('taskfence', [forward], [forward, input]),
    /; flush chain inet taskfence_held input$/,
    'what is not wanted any more goes',
  )
})

/** A host whose nft complains of each line as long as `complaint` is set. */
function hostOf() {
  const sent: string[] = []
  const ends: (() => void)[] = []
  const state = { complaint: '', elapsedMs: 0, sent, started: 0, kill: () => ends.at(-1)?.() }
  const start = (): Promise<Child> => {
    state.started += 1
    let stderr = ''
    return Promise.resolve({
      pid: state.started,
      line: () => Promise.resolve('payload expression, datatype ipv4_addr (IPv4 address), 32 bits'),
      send(text: string) {
        sent.push(text.split('\n')[0] ?? '')
        if (state.complaint !== '') stderr += `${state.complaint}\nadd table …\n`
      },
      stderr: () => stderr,
      stop: () => Promise.resolve(),
      gone: new Promise<void>(resolve => ends.push(resolve)),
    })
  }
  const host: Host = { ...fakeHost(), start, elapsedMs: () => state.elapsedMs }
  return { state, host }
}

function held(host: Host) {
  const lines: string[] = []
  const told = (level: string) => (text: string, fields?: object) =>
    void lines.push(`${level} ${text} ${JSON.stringify(fields)}`)
  const log = { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') }
  const fence = createHeldFence(host, { ...log, flush: () => Promise.resolve() })
  const fired: string[] = []
  const started = fence.trigger.start(what => fired.push(what))
  return { fence, lines, fired, started }
}

t.test('what stands already is not written again', async t => {
  const { state, host } = hostOf()
  const { fence, lines, started } = held(host)
  await fence.keep([])
  t.equal(state.started, 0, 'nothing to hold, nobody to hold it')
  for (let turn = 0; turn < 3; turn += 1) await fence.keep([forward])
  t.strictSame([state.started, state.sent.length], [1, 1])
  await fence.keep([forward, input])
  t.strictSame([state.started, state.sent.length], [1, 2])
  t.match(lines, [/^info the fence is held/])
  t.equal(started.ailing(), null)
  await started.stop()
  await fence.keep([input])
  t.equal(state.started, 1, 'nothing is begun once it was told to end')
})

t.test('where it cannot be held, that is said once, and tried again, later and later', async t => {
  const { state, host } = hostOf()
  const { fence, lines, started } = held(host)
  state.complaint = 'Error: unknown table option owner'
  for (const at of [0, 500, 1500, 2500, 4000, 7999]) {
    state.elapsedMs = at
    await fence.keep([forward])
  }
  t.equal(state.started, 3, 'after 0, 1 and 3 seconds')
  t.match(lines, [/^warn the fence is not held: .*unknown table option owner/])
  t.equal(started.ailing(), 'Error: unknown table option owner')
  state.complaint = ''
  state.elapsedMs = 60_000
  await fence.keep([forward])
  t.equal(started.ailing(), null)
  t.match(lines.at(-1), /^info the fence is held/)
})

const ofHost: FileRule = {
  resource: {
    kind: 'fence-rule',
    table: 'taskfence_host',
    chain: 'output',
    name: 'cut',
    tag: 'taskfence-cut',
  },
  state: 'socket cgroupv2 level 1 "ecstasks.slice" counter name "cut" drop',
}

t.test('a cgroup made again is another one, and the same one is not written again', async t => {
  const { state, host } = hostOf()
  let inode = 7
  const stat: Host['files']['stat'] = path =>
    Promise.resolve(path === '/sys/fs/cgroup/ecstasks.slice' ? { kind: 'folder', mode: 0o755, inode } : null)
  const { fence } = held({ ...host, files: { ...host.files, stat } })
  for (let turn = 0; turn < 3; turn += 1) await fence.keep([forward, ofHost])
  t.equal(state.sent.length, 2, 'each table once')
  inode = 8
  await fence.keep([forward, ofHost])
  t.equal(state.sent.length, 3)
  t.match(state.sent[2], /taskfence_host_held/)
})

t.test('what may fail takes nothing with it, and is tried again later', async t => {
  const { state, host } = hostOf()
  const { fence, lines, started } = held(host)
  await fence.keep([forward])
  state.complaint = 'Error: cgroupv2 path fails'
  for (const at of [0, 500, 1500]) {
    state.elapsedMs = at
    await fence.keep([forward, ofHost])
  }
  t.equal(state.started, 1, 'the other one stands')
  t.equal(state.sent.length, 3, 'tried at once, and after a second')
  t.match(lines, [/^info/, /^warn tasks in host network mode are not held: .*path fails/])
  t.match(started.ailing(), /path fails/)
  state.complaint = ''
  await fence.keep([forward, input, ofHost])
  t.equal(state.sent.length, 4, 'meanwhile the other one follows the policy')
  state.elapsedMs = 60_000
  await fence.keep([forward, input, ofHost])
  t.equal(started.ailing(), null)
  await started.stop()
})

t.test('the end of its child is a reason to look', async t => {
  const { state, host } = hostOf()
  const { fence, fired, started } = held(host)
  await fence.keep([forward])
  state.kill()
  await new Promise(resolve => setTimeout(resolve, 5))
  t.strictSame(fired, ['the held fence ended'])
  t.equal(started.ailing(), 'its child ended')
  await fence.keep([forward])
  t.equal(state.started, 2)
  t.equal(started.ailing(), null)
})
