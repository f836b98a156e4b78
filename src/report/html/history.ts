import type { AuditProof, AuditRecord } from '../../model/audit.js'
import { chainWords, headWords, placeWords, whoWords } from '../audit-words.js'
import { count } from '../layout.js'
import { differenceWords } from '../resource-words.js'
import { html, nothing, type Markup } from './markup.js'
import { mark } from './marks.js'

/** The audit log, or why it could not be read. */
export type History = AuditProof | { readonly unread: string }

/** The newest; a log of megabytes is no page to hand on. */
const most = 50

/** What drifted before, newest first: entries that one look found together are one item. */
export function historySection(history: History | undefined): Markup {
  if (history === undefined) return nothing
  if ('unread' in history) return section(html`<p>${mark('unknown')}could not tell: ${history.unread}</p>`)
  if (history.files.length === 0 && history.breaks.length === 0) return nothing
  const moments = momentsOf(history.records)
  const older = moments.slice(0, -most).length
  return section(
    html`<p class="soft">
        ${mark(history.breaks.length > 0 ? 'broken' : 'good')}${chainWords(history)}
        ${[...history.breaks, ...history.torn].map(place => html`<br />${placeWords(place)}`)}
      </p>
      <ul>
        ${moments.slice(-most).reverse().map(momentItem)}
      </ul>
      ${older === 0 ? nothing : html`<p class="soft">Before these: ${count(older, 'look')}. See taskfence audit.</p>`}`,
  )
}

const section = (inside: Markup): Markup =>
  html`<section aria-labelledby="history">
    <h2 id="history">What drifted before</h2>
    <div class="card">${inside}</div>
  </section>`

type Moment = readonly [AuditRecord, ...AuditRecord[]]

function momentsOf(records: readonly AuditRecord[]): readonly Moment[] {
  const moments: [AuditRecord, ...AuditRecord[]][] = []
  for (const record of records) {
    const last = moments.at(-1)
    if (last?.[0].at === record.at && headWords(last[0]) === headWords(record)) last.push(record)
    else moments.push([record])
  }
  return moments
}

function momentItem(moment: Moment): Markup {
  const [first] = moment
  const lost = moment.some(({ action, contested }) => action === 'failed' || contested)
  const entries = moment.map(
    ({ entry, from, to }) =>
      html`<li><code>${entry}</code> <span class="soft">${differenceWords(from, to)}</span></li>`,
  )
  return html`<li>
    ${mark(lost ? 'broken' : 'good')}<time datetime="${first.seen}"
      >${first.seen.replace('T', ' ').replace('Z', ' UTC')}</time
    >
    ${headWords(first)}
    <p class="soft">${whoWords(first)}</p>
    ${first.because === undefined ? nothing : html`<p class="soft">${first.because}</p>`}
    ${
      moment.length === 1
        ? html`<ul>
            ${entries}
          </ul>`
        : html`<details>
            <summary>${count(moment.length, 'entry', 'entries')}</summary>
            <ul>
              ${entries}
            </ul>
          </details>`
    }
  </li>`
}
