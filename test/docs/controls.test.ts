import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { controls } from '../../src/controls/index.js'
import { controlsPage } from './controls-page.js'

const path = 'docs/controls.md'

if (process.env['GOLDEN'] === 'write') writeFileSync(path, controlsPage(controls))

t.equal(
  readFileSync(path, 'utf8'),
  controlsPage(controls),
  'docs/controls.md is what src/controls says; `GOLDEN=write npm test -- test/docs/controls.test.ts` makes it anew',
)

const example = {
  id: 'one',
  title: 'Nothing passes',
  why: 'Because.',
  source: 'a document',
  byHand: ['first', 'second'],
  limits: [],
}

t.match(controlsPage([example]), '```sh\nfirst\nsecond\n```', 'commands stand in one block, a line each')
t.notMatch(controlsPage([example]), 'Limits:', 'a control without limits has no empty list')
