/**
 * ws, which does not reconnect by itself: with the usual reconnect loop, whose pause doubles from 100 ms to 2 s, and with a
 * heartbeat, as the documentation of ws advises. Its argument is the port.
 */

import { WebSocket } from 'ws';

const heartbeatMs = 1000;
let losses = 0;

function connect() {
  const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}`, { handshakeTimeout: 2000 });
  let alive = true;
  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, heartbeatMs);
  socket.on('open', () => {
    losses = 0;
    alive = true;
    console.log('ready');
  });
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('error', () => {}); // 'close' follows
  socket.on('close', () => {
    clearInterval(heartbeat);
    setTimeout(connect, Math.min(100 * 2 ** losses++, 2000));
  });
}

connect();
