// Sends one SYN for each line "ADDRESS PORT" of its input, and answers "sent" when it is on its way.
import net from 'node:net'
import readline from 'node:readline'

process.stdout.write('ready\n')
for await (const line of readline.createInterface({ input: process.stdin })) {
  const [host, port] = line.split(' ')
  const socket = net.connect({ host, port: Number(port) })
  socket.on('error', () => {})
  // The system call is made in this turn of the loop; before its first retransmission the socket is gone.
  await new Promise(resolve => setImmediate(resolve))
  socket.destroy()
  process.stdout.write('sent\n')
}
