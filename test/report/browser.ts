import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

const names = ['chromium', 'chromium-browser', 'google-chrome']
const found = names.find(name => spawnSync(name, ['--version']).error === undefined)

/** Why no page can be opened here; '' where one can. */
export const noBrowser = found === undefined ? `none of ${names.join(', ')} is installed` : ''

type Fields = Readonly<Record<string, unknown>>

export interface Browser {
  /** One command of the DevTools protocol, to the page. */
  ask(method: string, params?: Fields): Promise<Fields>
  /** The value of an expression in the page. */
  value<T>(expression: string): Promise<T>
  /** Names of everything the page had to say since it was opened: console, exceptions, requests, blocked by its policy. */
  readonly said: readonly string[]
  close(): Promise<void>
}

/** A headless Chromium, spoken to over two pipes; no port, no network. */
export async function openBrowser(): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'taskfence-browser-'))
  const options = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    `--user-data-dir=${profile}`,
  ]
  const child = spawn(found ?? '', options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
  const [, , , input, output] = child.stdio as unknown as readonly [null, null, null, Writable, Readable]
  const waiting = new Map<number, (answer: Fields) => void>()
  const said: string[] = []
  let count = 0
  let rest = ''
  output.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages) {
      const { id, method, params, result, error } = JSON.parse(message) as Fields & { readonly id?: number }
      if (id !== undefined) waiting.get(id)?.((result ?? { error }) as Fields)
      else if (typeof method === 'string' && events.has(method))
        said.push(`${method} ${JSON.stringify(params)}`)
    }
  })
  const send = (method: string, params: Fields, sessionId?: string): Promise<Fields> =>
    new Promise(resolve => {
      waiting.set(++count, resolve)
      input.write(
        `${JSON.stringify({ id: count, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
      )
    })
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true })
  const ask = (method: string, params: Fields = {}) => send(method, params, sessionId as string)
  for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Audits']) await ask(`${domain}.enable`)
  return {
    ask,
    said,
    async value<T>(expression: string) {
      const { result } = (await ask('Runtime.evaluate', { expression, returnByValue: true })) as {
        readonly result: Fields
      }
      return result['value'] as T
    },
    async close() {
      const gone = new Promise(resolve => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const events = new Set([
  'Runtime.consoleAPICalled',
  'Runtime.exceptionThrown',
  'Log.entryAdded',
  'Network.requestWillBeSent',
  'Audits.issueAdded',
])
