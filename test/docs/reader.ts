import { resolve } from 'node:path'
import { createLab, type Lab } from '../lab/lab.js'
import { bridgeNames, dockerLayouts, extras, type LabOptions } from '../lab/options.js'
import { getRole, goodTrust, attached, allow } from '../iam/policies.js'

/** Somebody who reads a page beside a throw-away host, and types what stands there. */
export interface Reader {
  readonly lab: Lab
  /** Answers what the terminal shows. */
  type(command: string): Promise<{ readonly exitCode: number; readonly shown: string }>
}

export async function openReader(words: readonly string[]): Promise<Reader> {
  const lab = await createLab(optionsOf(words))
  for (const [name, lines] of Object.entries(programs)) {
    await lab.write(`${folder}/${name}`, ['#!/bin/sh', ...lines, ''].join('\n'))
    await lab.must(['chmod', '755', `${folder}/${name}`], { env: everything })
  }
  await lab.must(['sh', '-ec', folders], { env: everything })
  if (words.includes('fenced') || words.includes('watched')) await lab.taskfence(['apply'])
  if (words.includes('watched')) await watch(lab)
  let last = 0
  return {
    lab,
    async type(command) {
      const script = `cd /run/reader\n(exit ${last})\n${command}`
      const { exitCode, stdout } = await lab.exec(['sh', '-c', `exec 2>&1\n${script}`], {
        env: everything,
        timeoutMs: 60_000,
      })
      last = exitCode
      return { exitCode, shown: stdout }
    },
  }
}

const folder = '/run/programs'

/** A place to write to, that of node_exporter, and an image of a system. */
const folders = `mkdir -p /run/reader /var/lib/node_exporter/textfile
mount -t tmpfs tmpfs /mnt
mkdir -p /mnt/image/etc /mnt/image/usr/sbin
cp /etc/os-release /mnt/image/etc/os-release`

const everything = { PATH: `${folder}:/run/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin` }
const print = (name: string, value: unknown): string => `'${name}') echo '${JSON.stringify(value)}' ;;`

/** What a reader has, and the lab has not. */
const programs: Readonly<Record<string, readonly string[]>> = {
  taskfence: [`exec '${process.execPath}' '${resolve('dist/taskfence.js')}' "$@"`],
  sudo: ['exec "$@"'],
  systemctl: ['exit 0'],
  // Words for the service are held against its model elsewhere.
  aws: [
    'case "$1 $2" in',
    print('iam get-role', getRole(goodTrust)),
    print('iam list-attached-role-policies', attached()),
    print('iam get-role-policy', {
      RoleName: 'web',
      PolicyName: 'read',
      PolicyDocument: allow('s3:GetObject', 'arn:aws:s3:::my-bucket/*'),
    }),
    'esac',
  ],
}

/** The daemon, once it looks; it ends with the lab. */
async function watch(lab: Lab): Promise<void> {
  const begun = `taskfence watch > /run/watch.txt 2>&1 &
    until grep -qs '"verdict":"in-sync"' /run/taskfence/status.json; do sleep 0.2; done; sleep 1`
  await lab.must(['sh', '-c', begun], { env: everything, timeoutMs: 60_000 })
}

/** "bridges=docker0,ecs-bridge", "docker28", "legacy", "ipv4", "cis-input-drop"; "fenced": by an apply before; "watched": by the daemon too. */
function optionsOf(words: readonly string[]): LabOptions {
  const named = words
    .find(word => word.startsWith('bridges='))
    ?.slice('bridges='.length)
    .split(',')
  const known = ['legacy', 'ipv4', 'fenced', 'watched', ...dockerLayouts, ...extras] as readonly string[]
  const stranger = words.find(word => !word.startsWith('bridges=') && !known.includes(word))
  if (stranger !== undefined) throw new Error(`no such host: ${stranger}`)
  const docker = dockerLayouts.find(name => words.includes(name))
  return {
    ipv6: !words.includes('ipv4'),
    backend: words.includes('legacy') ? 'legacy' : 'nf_tables',
    extras: extras.filter(name => words.includes(name)),
    ...(docker === undefined ? {} : { docker }),
    ...(named === undefined ? {} : { bridges: bridgeNames.filter(name => named.includes(name)) }),
  }
}
