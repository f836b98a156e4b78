import { readdirSync, readFileSync } from 'node:fs'

interface Process {
  readonly pid: number
  readonly parent: number
  /** Its pid in each process namespace it is in, the outermost first. */
  readonly pids: readonly string[]
}

/**
 * The first process of the machine that the program of this pid has booted: its grandchild, as systemd-nspawn is
 * entered through nsenter. undefined: it has none now.
 */
export function firstProcessUnder(pid: number): number | undefined {
  const all = processes()
  const children = new Set(all.filter(({ parent }) => parent === pid).map(process => process.pid))
  return all.find(({ parent, pids }) => children.has(parent) && pids.length === 3 && pids[2] === '1')?.pid
}

function processes(): readonly Process[] {
  return readdirSync('/proc').flatMap(name => {
    const status = /^\d+$/.test(name) ? statusOf(name) : ''
    const parent = /^PPid:\t(\d+)$/m.exec(status)?.[1]
    const pids = /^NSpid:\t(.*)$/m.exec(status)?.[1]
    return parent === undefined || pids === undefined
      ? []
      : [{ pid: Number(name), parent: Number(parent), pids: pids.split('\t') }]
  })
}

/** It may have ended since it was listed. */
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
