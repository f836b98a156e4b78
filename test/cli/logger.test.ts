import t from 'tap'
import { openLog, type LogInput } from '../../src/cli/logger.js'

/** What is said of four events. */
async function said(given: Partial<LogInput>): Promise<readonly string[]> {
  let text = ''
  const log = openLog({
    level: 'info',
    format: 'text',
    isJournal: false,
    write: chunk => (text += chunk),
    now: () => new Date('2025-03-04T05:06:07.000Z'),
    ...given,
  })
  log.debug('not wanted')
  log.info('first', { control: 'imds-bridge', ms: 12, why: 'two words', odd: 'a\nb' })
  log.warn('second\nline')
  log.error('third')
  await log.flush()
  return text.split('\n')
}

t.test('one event a line, from the wanted level up, in order', async t => {
  t.same(await said({}), [
    '2025-03-04T05:06:07.000Z info first control=imds-bridge ms=12 why="two words" odd="a / b"',
    '2025-03-04T05:06:07.000Z warn second / line',
    '2025-03-04T05:06:07.000Z error third',
    '',
  ])
})

t.test('the journal gets priorities, and keeps the time itself', async t => {
  t.same(await said({ isJournal: true }), [
    '<6>info first control=imds-bridge ms=12 why="two words" odd="a / b"',
    '<4>warn second / line',
    '<3>error third',
    '',
  ])
})

t.test('as JSON', async t => {
  const [first = '', second = ''] = await said({ format: 'json' })
  t.same(JSON.parse(first), {
    ...{ at: '2025-03-04T05:06:07.000Z', level: 'info', message: 'first' },
    ...{ control: 'imds-bridge', ms: 12, why: 'two words', odd: 'a\nb' },
  })
  t.match(JSON.parse(second), { message: 'second\nline' })
  const [prefixed = ''] = await said({ format: 'json', isJournal: true })
  t.match(prefixed, /^<6>\{"level":"info"/)
})
