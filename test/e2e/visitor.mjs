// Connects to the port given and says something, and each fourth time to a port that nobody serves; five times a second.
import { connect } from 'node:net';

let visits = 0;

setInterval(() => {
  const socket = connect(++visits % 4 === 0 ? 1 : Number(process.argv[2]), '127.0.0.1');
  socket.on('error', ({ code }) => process.send({ failed: code }));
  socket.on('connect', () => socket.write('ping'));
  socket.on('data', (data) => {
    process.send({ answered: data.length });
    socket.end();
  });
}, 200);
process.on('disconnect', () => process.exit());
