import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Told } from '../../src/report/formats.js'
import { claimWords } from '../../src/report/claim-words.js'
import { htmlPage } from '../../src/report/html/page.js'
import { plain } from '../../src/report/paint.js'
import { escaped } from '../../src/report/xml.js'
import { noBrowser, openBrowser, type Browser } from './browser.js'
import { history } from './histories.js'
import { hostile } from './hostile.js'
import { prove } from './proofs.js'
import { reports } from './reports.js'
import { controls } from './sample.js'

fc.configureGlobal({ seed: Number(process.env['TASKFENCE_SEED'] ?? 20_260_301) })

const reading = { controls, paint: plain, width: 100, only: [], again: '' }
const attack = '"><img src=x onerror=alert(1)></pre></style><script>console.log(1)</script>`<b>`&lt;'
const pages: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(reports).map(([name, report]) => [name, htmlPage({ report, reading })]),
  ),
  live: htmlPage({ report: reports['broken'] as never, proven: prove, reading, history: history() }),
  hostile: htmlPage({ report: hostile(attack), reading, history: history(attack), host: attack }),
  endless: htmlPage({
    ...{ report: hostile('x'.repeat(3000)), reading, history: history('x'.repeat(3000)) },
    host: 'x'.repeat(3000),
  }),
}

t.test('the page stands alone, and tells every promise and every reason', async t => {
  for (const [name, page] of Object.entries(pages)) {
    const asks = /<(script|link|img|iframe|object|form)\b|<[^>]* (src|href|action)="(?!#)|@import|url\(/i
    t.equal(asks.exec(page)?.[0], undefined, `${name}: asks for nothing`)
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    t.equal(new Set(ids).size, ids.length, `${name}: ids are one each`)
    const report = reports[name]
    for (const { claim, proof } of report?.claims ?? []) {
      t.ok(page.includes(escaped(claimWords(claim))), `${name}: ${claimWords(claim)}`)
      if (proof.because !== undefined)
        t.ok(page.includes(escaped(proof.because)), `${name}: ${proof.because}`)
    }
    for (const { reason } of report?.skipped ?? []) t.ok(page.includes(escaped(reason)), `${name}: ${reason}`)
  }
})

t.test('what drifted before, newest first, a look at a time', async t => {
  const report = reports['in-sync'] as never
  const page = (told?: Told['history']) =>
    htmlPage({ report, reading, ...(told === undefined ? {} : { history: told }) }).replace(
      /<[^>]*>|\s+/g,
      ' ',
    )
  t.notMatch(page(), 'What drifted before', 'without a log nothing is said')
  t.notMatch(
    page({ records: [], files: [], breaks: [], torn: [] }),
    'What drifted before',
    'nor where none was kept',
  )
  t.match(
    page({ unread: 'permission denied' }),
    /could not tell: permission denied/,
    'a log that cannot be read is told',
  )
  const usual = page(history())
  t.match(usual, /The chain is whole: 5 records/)
  t.match(
    usual,
    /could not be put back.*is locked.*contested, left alone.*firewalld.service restarted.*put back after 19 ms.*written by apply.*2 entries/,
  )
  t.match(usual, /by pid 4121 in firewalld.service: iptables/, 'who did it')
  const broken = {
    ...history(),
    breaks: [{ file: '/var/log/taskfence/audit.jsonl', line: 3, why: 'another hash' }],
  }
  t.match(
    page(broken),
    /The chain breaks in 1 place.*audit\.jsonl:3: another hash/,
    'a chain that breaks is told',
  )
  const long = {
    ...history(),
    records: Array.from({ length: 60 }, (_, index) =>
      history().records.map(one => ({ ...one, at: `${index}` })),
    ).flat(),
  }
  t.match(page(long), /Before these: \d+ looks/, 'a long log is cut')
})

t.test('names and reasons of others stay text', async () => {
  const tags = (page: string) =>
    [...page.matchAll(/<[a-z/!][^>]*>/gi)].map(([tag]) => tag.replace(/"[^"]*"/g, '')).join()
  const usual = tags(htmlPage({ report: hostile('name'), reading, history: history('name') }))
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom(
          '<',
          '>',
          '"',
          "'",
          '&',
          '/',
          '!',
          '-',
          '=',
          ' ',
          'a',
          'script',
          '\u0000',
          '\u2028',
        ),
      }),
      text =>
        tags(htmlPage({ report: hostile(`x${text}`), reading, history: history(`x${text}`) })) === usual,
    ),
  )
})

/** Words that are hard to see on what is behind them: less than 4.5 to 1 (WCAG AA). */
const pale = `(() => {
  const parse = text => (text.match(/[\\d.]+/g) ?? []).map(Number)
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
  const behind = node => { for (let at = node; at; at = at.parentElement) { const c = parse(getComputedStyle(at).backgroundColor); if (c.length === 3 || c[3] === 1) return c } return [255, 255, 255] }
  return [...document.querySelectorAll('main *')]
    .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim() !== ''))
    .map(node => { const [a, b] = [light(parse(getComputedStyle(node).color)), light(behind(node))]; return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.className, node.textContent.slice(0, 40)] })
    .filter(([ratio]) => ratio < 4.5)
})()`

t.test('in a browser', { skip: noBrowser === '' ? false : noBrowser }, async t => {
  const folder = t.testdir()
  // For whoever wants to look: TASKFENCE_PICTURES names a folder.
  const pictures = process.env['TASKFENCE_PICTURES']
  const browser = await openBrowser()
  t.teardown(() => browser.close())
  for (const name of ['in-sync', 'live', 'with-notes', 'hostile', 'endless']) {
    const file = join(folder, `${name}.html`)
    writeFileSync(file, pages[name] ?? '')
    for (const scheme of ['light', 'dark'] as const)
      for (const width of [400, 1400]) {
        await show(browser, file, width, scheme)
        const what = `${name}, ${width} px, ${scheme}`
        t.equal(await browser.value('document.documentElement.scrollWidth'), width, `${what}: fits`)
        t.same(await browser.value(pale), [], `${what}: can be read`)
        if (pictures !== undefined) await picture(browser, join(pictures, `${name}-${width}-${scheme}.png`))
      }
  }
  t.same(
    browser.said.filter(words => !/^Network\.requestWillBeSent .*"url":"file:/.test(words)),
    [],
    'it says nothing and asks for nothing',
  )
  await show(browser, join(folder, 'hostile.html'), 1400, 'light')
  t.equal(
    await browser.value(
      'document.querySelectorAll("main img, script, main b").length - document.querySelectorAll("figcaption b, .station b, .card > p > b").length',
    ),
    0,
    'nothing of what others named is markup',
  )

  await show(browser, join(folder, 'live.html'), 1400, 'light')
  const stops: string[] = []
  const wanted = await browser.value<number>('document.querySelectorAll("summary, a").length')
  for (let stop = 0; stop < wanted; stop++) {
    await press(browser, 'Tab')
    stops.push(await browser.value('document.activeElement.tagName'))
  }
  t.same(stops, ['A', ...Array.from({ length: wanted - 1 }, () => 'SUMMARY')], 'every fold is reached by Tab')
  await press(browser, 'Enter')
  t.equal(await browser.value('document.activeElement.parentElement.open'), true, 'and opened by Enter')
})

async function show(browser: Browser, file: string, width: number, scheme: string): Promise<void> {
  await browser.ask('Emulation.setDeviceMetricsOverride', {
    width,
    height: 900,
    deviceScaleFactor: 1,
    mobile: true,
  })
  await browser.ask('Emulation.setEmulatedMedia', {
    features: [{ name: 'prefers-color-scheme', value: scheme }],
  })
  await browser.ask('Page.navigate', { url: `file://${file}` })
  while ((await browser.value('document.readyState + location.pathname')) !== `complete${file}`)
    await new Promise(resolve => setTimeout(resolve, 20))
}

async function press(browser: Browser, key: 'Tab' | 'Enter'): Promise<void> {
  const event = {
    key,
    code: key,
    windowsVirtualKeyCode: key === 'Tab' ? 9 : 13,
    ...(key === 'Enter' && { text: '\r' }),
  }
  await browser.ask('Input.dispatchKeyEvent', { type: 'keyDown', ...event })
  await browser.ask('Input.dispatchKeyEvent', { type: 'keyUp', ...event })
}

async function picture(browser: Browser, file: string): Promise<void> {
  mkdirSync(join(file, '..'), { recursive: true })
  const { data } = await browser.ask('Page.captureScreenshot', { captureBeyondViewport: true })
  writeFileSync(file, Buffer.from(String(data), 'base64'))
}
