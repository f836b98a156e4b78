import { chmodSync, lutimesSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface Contents {
  /** The program as one file. */
  readonly executable: string
  /** What build.js made: the manual page and completion are in share/. */
  readonly folder: string
  /** Seconds since 1970: the time of every file. */
  readonly epoch: number
}

/** Where systems put what zsh completes with. */
export type Zsh = 'vendor-completions' | 'site-functions'

/** The files of a package under a root folder, the same in each format. */
export function stage(root: string, { executable, folder, epoch }: Contents, zsh: Zsh): void {
  rmSync(root, { recursive: true, force: true })
  const put = (path: string, content: Buffer | string, mode?: number) => {
    place(root, path, content, mode)
  }
  put('usr/bin/taskfence', readFileSync(executable), 0o755)
  for (const unit of readdirSync('systemd'))
    put(`usr/lib/systemd/system/${unit}`, readFileSync(`systemd/${unit}`))
  const share = (name: string) => readFileSync(join(folder, 'share', name))
  put('usr/share/man/man8/taskfence.8.gz', gzip(share('man/man8/taskfence.8')))
  put('usr/share/bash-completion/completions/taskfence', share('bash-completion/completions/taskfence'))
  put(`usr/share/zsh/${zsh}/_taskfence`, share('zsh/site-functions/_taskfence'))
  put('usr/share/doc/taskfence/CHANGELOG.md.gz', gzip(readFileSync('CHANGELOG.md')))
  put('usr/share/doc/taskfence/copyright', copyright(folder))
  put('usr/share/doc/taskfence/examples/policy.json', readFileSync('packaging/policy.json'))
  settle(root, epoch)
}

export function place(root: string, path: string, content: Buffer | string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 })
  writeFileSync(join(root, path), content)
  chmodSync(join(root, path), mode)
}

/** Without a name and a time of its own. */
export const gzip = (content: Buffer): Buffer => gzipSync(content, { level: 9 })

/** Ours and that of each package that is in the executable. */
function copyright(folder: string): string {
  const legal = readdirSync(folder).filter(name => name.endsWith('.LEGAL.txt'))
  return [
    'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: taskfence\n',
    'Files: *\nCopyright: the taskfence authors\nLicense: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n',
    'Files: usr/bin/taskfence\nCopyright: Node.js contributors, and those named below\nLicense: MIT\n' +
      [...mit, '.', ...legal.flatMap(name => readFileSync(join(folder, name), 'utf8').trim().split('\n'))]
        .map(line => ` ${line.trim() === '' ? '.' : line.trimEnd()}\n`)
        .join(''),
  ].join('\n')
}

const mit = [
  'Node.js: https://github.com/nodejs/node/blob/main/LICENSE, with the licenses of all that it is made of.',
  'Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated',
  'documentation files (the "Software"), to deal in the Software without restriction, including without',
  'limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the',
  'Software, and to permit persons to whom the Software is furnished to do so, subject to the following',
  'conditions: the above copyright notice and this permission notice shall be included in all copies or',
  'substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND.',
]

/** One time for all, and modes that no umask had a say in. */
export function settle(root: string, epoch: number): void {
  for (const { name, parentPath } of readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    entry => entry.isDirectory(),
  ))
    chmodSync(join(parentPath, name), 0o755)
  chmodSync(root, 0o755)
  for (const name of [...readdirSync(root, { recursive: true, encoding: 'utf8' }).sort().reverse(), '.'])
    lutimesSync(join(root, name), epoch, epoch)
}
