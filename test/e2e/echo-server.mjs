// An echo server: sends its parent the port, and for each connection that fails, the client's port and the errno.
import { createServer } from 'node:net';

const server = createServer((socket) => {
  const client = socket.remotePort;
  socket.on('error', ({ code }) => process.send({ client, errno: code }));
  socket.pipe(socket);
});

server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
