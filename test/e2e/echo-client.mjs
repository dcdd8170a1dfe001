// Two connections to the port given. Sends its parent their local ports, the errno of one that fails, and on
// request, by local port, whether the echo still works.
import { once } from 'node:events';
import { connect } from 'node:net';

const sockets = new Map();
for (let count = 0; count < 2; count++) {
  const socket = connect(Number(process.argv[2]), '127.0.0.1');
  await once(socket, 'connect');
  const { localPort } = socket;
  socket.on('error', ({ code }) => process.send({ port: localPort, errno: code }));
  sockets.set(localPort, socket);
}
process.send({ ports: [...sockets.keys()] });

process.on('message', async ({ ping }) => {
  const socket = sockets.get(ping);
  if (socket.destroyed) return process.send({ pong: ping, alive: false });
  socket.write('ping');
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  process.send({ pong: ping, alive: !socket.destroyed });
});
process.on('disconnect', () => process.exit());
