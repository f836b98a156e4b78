import type { Platform } from './platform.js'
import { persistOn } from './persist/index.js'
import { notesOnBoot } from './persist/notes.js'
import { durableTraces } from './persist/traces.js'

type Facts = Omit<Platform, 'id' | 'matches' | 'persist' | 'traces' | 'bootNotes' | 'restart'>

/** A Linux that systemd starts: what differs are its facts. */
export function linux(facts: Facts & { readonly names: readonly [string, ...string[]] }): Platform {
  const [id] = facts.names
  const platform: Platform = {
    ...facts,
    id,
    matches: os => facts.names.includes(os.id) || os.idLike.includes(id),
    restart: (unit, later) => ({
      file: 'systemctl',
      args: ['restart', ...(later ? ['--no-block'] : []), unit.replace(/\.service$/, '')],
    }),
    bootNotes: given => notesOnBoot(given, facts.names),
    persist: (runtime, around) => persistOn(platform, runtime, around),
    traces: given => durableTraces(platform, given),
  }
  return platform
}
