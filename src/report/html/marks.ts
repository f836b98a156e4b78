import { html, type Markup } from './markup.js'

export type Answer = 'good' | 'broken' | 'unknown' | 'waiting' | 'observed' | 'skipped'

/** Never by colour alone: a sign, and a word for whoever does not see it. */
export const mark = (answer: Answer): Markup => {
  const { sign, word } = signs[answer]
  return html`<span class="mark ${answer}"
    ><span aria-hidden="true">${sign}</span><span class="unseen">${word}: </span></span
  >`
}

const signs: Readonly<Record<Answer, { readonly sign: string; readonly word: string }>> = {
  good: { sign: '\u2714', word: 'good' },
  broken: { sign: '\u2716', word: 'broken' },
  unknown: { sign: '?', word: 'could not tell' },
  waiting: { sign: '!', word: 'waits for a restart' },
  observed: { sign: '\u25cb', word: 'only observed' },
  skipped: { sign: '\u2212', word: 'skipped' },
}
