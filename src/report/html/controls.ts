import type { ClaimEntry } from '../../model/claim.js'
import type { Outcome } from '../../model/report.js'
import { claimWords } from '../claim-words.js'
import { headline } from '../headline.js'
import { count } from '../layout.js'
import { differenceWords, resourceWords } from '../resource-words.js'
import type { Standing } from '../standing.js'
import { html, nothing, type Markup } from './markup.js'
import { mark, type Answer } from './marks.js'

/** One control: what it promises, with the evidence, and what it wrote. */
export const controlCard = (standing: Standing): Markup =>
  html`<section class="card" aria-labelledby="control-${standing.id}">
    <h3 id="control-${standing.id}">${mark(standing.mark)}${standing.id}</h3>
    <p>${standing.title}</p>
    ${standing.mark === 'good' ? nothing : html`<p><b>${headline(standing)}</b></p>`}
    ${
      standing.claims.length === 0
        ? nothing
        : html`<ul>
            ${standing.claims.map(claimItem)}
          </ul>`
    }
    ${outcomes(standing.own)}
  </section>`

function claimItem({ claim, proof, reportOnly }: ClaimEntry): Markup {
  const why = [proof.because, proof.evidence].filter(words => words !== undefined).join('; ')
  const answer =
    reportOnly === true ? 'observed' : proof.holds === null ? 'unknown' : proof.holds ? 'good' : 'broken'
  const lead = proof.holds === null ? 'could not tell: ' : proof.holds ? '' : 'does not hold: '
  return html`<li>
    ${mark(answer)}${lead}${claimWords(claim)}${why === '' ? nothing : html`<code class="soft">${why}</code>`}
  </li>`
}

/** Folded where all is in place. */
function outcomes(own: readonly Outcome[]): Markup {
  if (own.length === 0) return nothing
  const wrong = own.filter(({ status }) => status !== 'in-sync' && status !== 'changed').length
  const words = wrong === 0 ? 'in place' : `${wrong} not in place`
  return html`<details${wrong === 0 ? nothing : html` open`}>
<summary>${count(own.length, 'entry', 'entries')}, ${words}</summary>
<ul>
${own.map(outcomeItem)}
</ul>
</details>`
}

function outcomeItem(outcome: Outcome): Markup {
  const { where, what } = resourceWords(outcome.entry.resource)
  return html`<li>${mark(answerOf(outcome))}${where} <code>${what}</code>${changeOf(outcome)}</li>`
}

const answerOf = ({ status, entry }: Outcome): Answer => {
  if (status === 'in-sync' || status === 'changed') return 'good'
  if (entry.reportOnly === true) return 'observed'
  if (status === 'pending') return 'waiting'
  return status === 'unknown' ? 'unknown' : 'broken'
}

function changeOf(outcome: Outcome): Markup {
  if (outcome.status === 'in-sync') return nothing
  if ('error' in outcome)
    return html`<p class="soft">
      ${outcome.status === 'failed' ? 'not written' : 'could not be read'}: ${outcome.error.message}
    </p>`
  const change = differenceWords(outcome.from, outcome.entry.state)
  const because = outcome.status === 'pending' ? `; ${outcome.because}` : ''
  return html`<p class="soft">${outcome.status}: <code>${change}</code>${because}</p>`
}
