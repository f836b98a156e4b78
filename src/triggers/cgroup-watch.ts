import type { Running, Signals } from '../host/signals.js'
import type { CgroupFacts } from '../model/facts.js'
import type { Trigger } from './trigger.js'
import { watched } from './watched.js'

const root = '/sys/fs/cgroup'

/** Where cgroups of tasks come and go: below `folder`, in one of `names`. */
const placesOf: Readonly<
  Record<CgroupFacts['tree'], { readonly folder: string; readonly names: readonly string[] }>
> = {
  v2: { folder: root, names: ['ecstasks.slice'] },
  hybrid: { folder: `${root}/unified`, names: ['ecs', 'ecstasks.slice'] },
  v1: { folder: `${root}/net_cls`, names: ['ecs'] },
}

/**
 * Tasks that begin and end, and the cgroup that holds them all: a rule that names one is about that very cgroup, and
 * dead when another of the same name has come. None of it is there before the first task.
 */
export function cgroupWatches({ tree, tasks, because }: CgroupFacts, signals: Signals): readonly Trigger[] {
  const { folder, names } = placesOf[tree]
  // Version 1 without net_cls: there is nothing to watch.
  if (tree === 'v1' && tasks === null && because !== undefined) return []
  return [watched(folder, signals), ...names.map(name => within(folder, name, signals))]
}

const within = (folder: string, name: string, signals: Signals): Trigger => ({
  name: `watch tasks in ${name}`,
  start(fire) {
    const path = `${folder}/${name}`
    let inside: Running | undefined
    let ailing: string | null = null
    let again: ReturnType<typeof setTimeout> | undefined
    // Where one of the same name is another one by now, nobody tells that the old one is gone. Where there is none, the
    // folder above tells when one comes.
    const enter = () => {
      clearTimeout(again)
      void inside?.stop()
      ailing = null
      inside = signals.watch(path, {
        line: () => {
          fire(`${path} changed`)
        },
        end: why => {
          if (isGone(why)) return
          ailing = why
          again = setTimeout(enter, againMs)
        },
      })
    }
    const above = watched(folder, signals).start(enter)
    enter()
    return {
      ailing: () => above.ailing() ?? ailing,
      async stop() {
        clearTimeout(again)
        await Promise.all([above.stop(), inside?.stop()])
      },
    }
  },
})

/** The kernel gives only so many watches to all of a host. */
const againMs = 5000

/** As before the first task, and after the last one. */
const isGone = (why: string): boolean => / is gone$|^ENOENT/.test(why)
