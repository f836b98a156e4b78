import t from 'tap'
import { openLog } from '../../src/cli/logger.js'

t.test('one event a line, from the wanted level up, in order', async t => {
  let text = ''
  const log = openLog(
    'info',
    chunk => (text += chunk),
    () => new Date('2025-03-04T05:06:07.000Z'),
  )
  log.debug('not wanted')
  log.info('first', { control: 'imds-bridge', ms: 12, why: 'two words', odd: 'a\nb' })
  log.warn('second\nline')
  log.error('third')
  await log.flush()
  t.same(text.split('\n'), [
    '2025-03-04T05:06:07.000Z info first control=imds-bridge ms=12 why="two words" odd="a / b"',
    '2025-03-04T05:06:07.000Z warn second / line',
    '2025-03-04T05:06:07.000Z error third',
    '',
  ])
})
