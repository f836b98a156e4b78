import type { Host } from '../host/host.js'
import type { CommandResult } from '../model/command.js'

/** The same host, which runs each command and looks up each program only once: for a span in which nothing is written. */
export function onceHost(host: Host): Host {
  const answers = new Map<string, Promise<CommandResult>>()
  const places = new Map<string, Promise<string | null>>()
  return {
    ...host,
    find(name) {
      const place = places.get(name) ?? host.find(name)
      places.set(name, place)
      return place
    },
    run(command) {
      const key = [command.file, ...command.args, command.input ?? ''].join('\0')
      let answer = answers.get(key)
      if (answer === undefined) answers.set(key, (answer = host.run(command)))
      return answer
    },
  }
}
