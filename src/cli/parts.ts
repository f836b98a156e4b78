import type { Control } from '../controls/control.js'
import type { ImageInput } from '../engine/image.js'
import type { ReconcileInput } from '../engine/reconcile.js'
import type { Host } from '../host/host.js'
import type { Journal } from '../host/journal.js'
import type { Signals } from '../host/signals.js'
import type { Command } from '../model/command.js'
import type { Facts } from '../model/facts.js'
import type { Report } from '../model/report.js'
import type { ProveInput, ProveReport } from '../model/prove.js'

/** What the commands are made of. Each is loaded when first asked for; a test passes its own. */
export interface Parts {
  host(): Promise<Host>
  detect(host: Host): Promise<Facts>
  reconcile(input: ReconcileInput, host: Host): Promise<Report>
  /** The system under an image's root folder. Rejects with E_USAGE for what is no such folder. */
  imageHost(root: string): Promise<Host>
  reconcileImage(input: ImageInput, host: Host): Promise<Report>
  prove(input: ProveInput, host: Host): Promise<ProveReport>
  signals(): Promise<Signals>
  journal(): Promise<Journal>
  /** In the order they are applied. */
  controls(): Promise<readonly Control[]>
}

/** The parts of this program on this machine. `prober`: this program in the mode that answers for `prove`. */
export const partsOf = (prober: Command): Parts => ({
  host: async () => (await import('../host/node-host.js')).nodeHost(),
  detect: async host => (await (await import('../engine/survey.js')).survey(host, 'everybody')).facts,
  reconcile: async (input, host) => (await import('../engine/reconcile.js')).reconcile(input, host),
  imageHost: async root => (await import('../host/offline-host.js')).offlineHost(root),
  reconcileImage: async (input, host) => (await import('../engine/image.js')).reconcileImage(input, host),
  prove: async (input, host) => (await import('../prove/index.js')).proveLive({ ...input, prober }, host),
  signals: async () => (await import('../host/node-signals.js')).nodeSignals,
  journal: async () => (await import('../host/node-journal.js')).nodeJournal,
  controls: async () => (await import('../controls/index.js')).controls,
})
