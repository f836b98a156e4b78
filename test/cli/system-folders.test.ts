import t from 'tap'
import { withSystemFolders } from '../../src/cli/system-folders.js'

t.test('folders of system programs are searched last, where they were left out', t => {
  const cases = [
    ['/usr/bin:/bin', '/usr/bin:/bin:/usr/sbin:/sbin', 'as cron gives it'],
    ['/sbin:/usr/sbin:/bin:/usr/bin', '/sbin:/usr/sbin:/bin:/usr/bin', 'whole'],
    ['/usr/local/bin:/usr/bin', '/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin', 'a person'],
    ['/run/lab/bin', '/run/lab/bin', 'a place of its own'],
    [undefined, '/usr/bin:/bin:/usr/sbin:/sbin', 'none'],
    ['', '/usr/bin:/bin:/usr/sbin:/sbin', 'an empty one'],
  ] as const
  for (const [given, searched, name] of cases) t.equal(withSystemFolders(given), searched, name)
  t.end()
})
