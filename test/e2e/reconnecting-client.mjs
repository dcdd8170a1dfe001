// Connects to the port given, and again whenever the connection is lost: after 100 ms, then 200, 400, at most 800 ms.
// Sends its parent the result of each attempt, and its server a little each second.
import { connect } from 'node:net';

let wait = 100;

function attempt() {
  const socket = connect(Number(process.argv[2]), '127.0.0.1');
  let connected = false;
  socket.on('connect', () => {
    connected = true;
    wait = 100;
    process.send({ connected: socket.localPort });
    socket.write('ping');
  });
  const beat = setInterval(() => socket.write('ping'), 1000);
  socket.on('error', ({ code }) => process.send(connected ? { lost: code } : { failed: code }));
  socket.on('close', () => {
    clearInterval(beat);
    setTimeout(attempt, wait);
    wait = Math.min(2 * wait, 800);
  });
}

attempt();
process.on('disconnect', () => process.exit());
