// Takes the lock in the folder it is given, says so, and keeps it until somebody ends it.
import { takeLock } from '../../src/cli/lock.js'
import { nodeHost } from '../../src/host/node-host.js'

await takeLock(nodeHost(), 5, { pid: process.pid, command: 'taskfence apply' }, process.argv[2] ?? '/nowhere')
console.log('held')
setInterval(() => undefined, 1000)
