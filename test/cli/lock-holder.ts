// Takes the lock in the folder it is given, says so, and keeps it until somebody ends it.
import { takeLock } from '../../src/cli/lock.js'
import { nodeHost } from '../../src/host/node-host.js'

const [, , folder] = process.argv
if (folder === undefined) throw new Error('usage: lock-holder FOLDER')
await takeLock(nodeHost(), 5, { pid: process.pid, command: 'taskfence apply' }, folder)
console.log('held')
setInterval(() => undefined, 1000)
