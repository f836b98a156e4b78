import type { Command } from '../command.js'

export const watch: Command = {
  name: 'watch',
  synopsis: 'watch',
  words: 0,
  options: ['policy', 'lock-wait', 'log-level', 'log-format'],
  logLevel: 'info',
  summary: 'stay, see drift when it happens, and repair it',
  story: `The daemon that systemd runs. Looks when something changes (rules, kernel
settings, files, bridges, Docker) and once a minute; repairs what drifted, or
only reports it (onDrift in the policy). SIGHUP reads the policy again, SIGTERM
ends within a second and leaves all rules in place. Exit 0: it was told to end;
75: another daemon runs.`,
  needsRoot: true,
  async run(call) {
    const { runDaemon } = await import('../daemon/daemon.js')
    return runDaemon(call)
  },
}
