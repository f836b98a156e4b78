import type { Signals } from '../host/signals.js'
import { lasting } from './lasting.js'
import type { Trigger } from './trigger.js'

/** What changes who is on which bridge. */
const filters = {
  type: ['container', 'network', 'daemon'],
  event: ['start', 'die', 'create', 'destroy', 'reload'],
}

/** Docker's own events. The end of the stream is Docker's end, and a reason to look as well. */
export const dockerEvents = (socketPath: string, signals: Signals): Trigger =>
  lasting({
    name: 'docker-events',
    looksAfterBeginMs: [50],
    begin: listener =>
      signals.follow(
        {
          socketPath,
          path: `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`,
          timeoutMs: 5000,
        },
        listener,
      ),
    line: (text, fire) => {
      const event = parseEvent(text)
      if (event !== null) fire(event)
    },
  })

/** {"Type":"container","Action":"start","Actor":{"Attributes":{"name":"web"}}} → "docker container start web" */
export function parseEvent(text: string): string | null {
  try {
    const event = JSON.parse(text) as {
      readonly Type?: unknown
      readonly Action?: unknown
      readonly Actor?: { readonly Attributes?: { readonly name?: unknown } } | null
    } | null
    if (typeof event?.Type !== 'string' || typeof event.Action !== 'string') return null
    const name = event.Actor?.Attributes?.name
    return ['docker', event.Type, event.Action, ...(typeof name === 'string' ? [name] : [])].join(' ')
  } catch {
    return null
  }
}
