// The program as a snapshot is taken of it: what src/cli/main.ts starts, and what a check is made of.
export { start, surroundings } from '../src/cli/program.js'
export { run } from '../src/cli/run.js'

/** Loads what else each check loads. */
export const load = () =>
  Promise.all([
    import('../src/cli/policy/load.js'),
    import('../src/controls/index.js'),
    import('../src/engine/reconcile.js'),
    import('../src/host/node-host.js'),
    import('../src/host/node-http.js'),
    import('../src/report/text.js'),
  ])
