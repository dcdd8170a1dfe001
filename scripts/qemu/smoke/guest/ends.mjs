/** Connections and datagram sockets of this process, with the errors that they got. */

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** An echo server; `errors` has what its connections got, by remote port. */
export async function startServer() {
  const errors = {};
  const server = createServer((socket) => {
    const port = socket.remotePort;
    socket.on('error', (error) => {
      errors[port] = error.code;
    });
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, errors, port: server.address().port };
}

export async function openConnection(port) {
  const socket = connect(port, '127.0.0.1');
  const end = { socket, errno: null };
  socket.on('error', (error) => {
    end.errno = error.code;
  });
  await once(socket, 'connect');
  end.port = socket.localPort;
  return end;
}

/** Whether the echo server still answers on this connection. */
export async function echoes({ socket, errno }) {
  if (errno || socket.destroyed) return false;
  socket.write('ping');
  return Promise.race([once(socket, 'data').then(() => true), sleep(5000, false)]);
}

/** Leaves a socket in time-wait; resolves with its port. */
export async function leaveTimeWait(port) {
  const { socket, port: own } = await openConnection(port);
  // The server closes its end when it has read the end of this one.
  socket.resume().end();
  await once(socket, 'close');
  return own;
}

export async function bindUdp() {
  const socket = createSocket('udp4');
  const end = { errno: null };
  socket.on('error', (error) => {
    end.errno = error.code;
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  end.port = socket.address().port;
  return end;
}

/** The errno of a connect; null if it succeeds. */
async function connectErrno(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return null;
  } catch (error) {
    return error.code;
  } finally {
    socket.destroy();
  }
}

/** Connects repeatedly until the errno is as expected or `goesOn` is not; resolves with the last one. */
export async function connectsUntil(port, expected, goesOn = () => true) {
  let errno;
  for (let left = 300; left > 0; left--) {
    errno = await connectErrno(port);
    if (errno === expected || !goesOn()) break;
    await sleep(100);
  }
  return errno;
}
