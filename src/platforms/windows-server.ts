import type { Platform } from './platform.js'

/** What is set on Windows is kept by Windows itself, or by the scripts that set it. */
export const windowsServer: Platform = {
  id: 'windows-server',
  names: ['windows-server'],
  title: 'Windows Server 2016, 2019, 2022, 2025',
  sources: ['https://learn.microsoft.com/windows-server/'],
  nftablesFile: null,
  restores: [],
  nftFrom: '',
  release: () => ({ backend: 'nf_tables', expressions: [] }),
  matches: ({ id, versionId }) => id === 'windows-server' && /^20\d\d$/.test(versionId),
  restart: service => ({
    file: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
    args: ['-NoProfile', '-NonInteractive', '-Command', 'Restart-Service', service],
  }),
  bootNotes: () => [],
  persist: () => [],
  traces: () => [],
}
