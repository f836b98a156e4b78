import type { Probe } from '../../model/prove.js'
import type { Report, Verdict } from '../../model/report.js'
import { allowances } from '../allowances.js'
import { claimWords } from '../claim-words.js'
import { ending } from '../ending.js'
import { factsText } from '../facts-text.js'
import type { Told } from '../formats.js'
import { header } from '../header.js'
import { plain } from '../paint.js'
import { probeStanding } from '../probe-standing.js'
import { standings } from '../standing.js'
import { controlCard } from './controls.js'
import { historySection } from './history.js'
import { html, nothing, prose, type Markup } from './markup.js'
import { mark, type Answer } from './marks.js'
import { pathsSection } from './paths.js'
import { style } from './style.js'

/** One file to hand on: it asks for nothing from anywhere, and runs nothing. */
export function htmlPage({ report, proven, reading, history, host }: Told): string {
  const shown = standings(report, reading.controls)
  const at = report.at.toISOString()
  const rating = ofVerdict[report.verdict]
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${host === undefined ? '' : `${host}: `}taskfence: ${report.verdict}</title>
        <style>
          ${{ markup: style }}
        </style>
      </head>
      <body>
        <a class="skip" href="#verdict">To the verdict</a>
        <main>
          <h1>taskfence${host === undefined ? nothing : html` <span class="host">${host}</span>`}</h1>
          <p class="soft">${header(report, Infinity)}</p>
          <p class="soft">
            Looked at <time datetime="${at}">${at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>
          </p>
          <div class="verdict ${rating}" id="verdict">
            <p>${mark(rating)}${prose(ending(report, shown, reading))}</p>
          </div>
          ${unknownFacts(report)} ${pathsSection(report)}
          <section aria-labelledby="controls">
            <h2 id="controls">What each control promises</h2>
            ${shown.map(controlCard)}
            ${report.skipped.map(({ control, reason }) => skippedCard(control, reason))}
          </section>
          ${proven === undefined ? nothing : packets(proven.probes)} ${notes(report)}
          ${historySection(history)}
          <section aria-labelledby="facts">
            <h2 id="facts">What this host is</h2>
            <div class="card">
              <details>
                <summary>Facts</summary>
                <pre>${factsLines(report)}</pre>
              </details>
            </div>
          </section>
        </main>
      </body>
    </html> `.markup
}

const ofVerdict: Readonly<Record<Verdict, 'good' | 'broken' | 'unknown'>> = {
  failed: 'broken',
  unknown: 'unknown',
  drifted: 'broken',
  pending: 'unknown',
  changed: 'good',
  'in-sync': 'good',
}

function unknownFacts({ facts }: Report): Markup {
  const reasons = Object.entries(facts.unknown)
  if (reasons.length === 0) return nothing
  return html`<ul class="told">
    ${reasons.map(([name, reason]) => html`<li>${mark('unknown')}could not tell ${name}: ${reason}</li>`)}
  </ul>`
}

const skippedCard = (control: string, reason: string): Markup =>
  html`<section class="card">
    <h3>${mark('skipped')}${control}</h3>
    <p class="soft">skipped: ${prose(reason)}</p>
  </section>`

function packets(probes: readonly Probe[]): Markup {
  return html`<section aria-labelledby="packets">
    <h2 id="packets">What real packets met</h2>
    <div class="card">
      <ul>
        ${probes.map(probeItem)}
      </ul>
    </div>
  </section>`
}

function probeItem(probe: Probe): Markup {
  const answers = { proven: 'good', contradicted: 'broken', broken: 'broken', unknown: 'unknown' } as const
  const standing = probeStanding(probe)
  const answer: Answer = probe.reportOnly === true ? 'observed' : answers[standing]
  const quarrel = standing === 'contradicted' ? html` <b>The rules and the packet disagree.</b>` : nothing
  return html`<li>
    ${mark(answer)}${claimWords(probe.claim)}${quarrel}
    <p class="soft">the rules: ${said(probe.model)}</p>
    <p class="soft">the packet: ${said(probe.packet)}</p>
  </li>`
}

const said = ({ holds, because, evidence }: Probe['model']): string =>
  [holds === null ? 'could not tell' : holds ? 'holds' : 'does not hold', because, evidence]
    .filter(words => words !== undefined)
    .join('; ')

function notes(report: Report): Markup {
  const told = [
    ...allowances(report),
    ...report.notes.map(({ control, text }) => (control === undefined ? text : `${control}: ${text}`)),
  ]
  if (told.length === 0) return nothing
  return html`<section aria-labelledby="notes">
    <h2 id="notes">What somebody should know</h2>
    <div class="card">
      <ul>
        ${told.map(text => html`<li>${prose(text)}</li>`)}
      </ul>
    </div>
  </section>`
}

const factsLines = ({ facts }: Report): readonly Markup[] =>
  factsText(facts, plain, Infinity)
    .trimEnd()
    .split('\n')
    .map(line => html`${line}`)
