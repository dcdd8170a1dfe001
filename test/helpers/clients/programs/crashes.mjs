/** A program without an error handler, which crashes when its connection is aborted. Its argument is the port. */

import { connect } from 'node:net';

const socket = connect(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
setInterval(() => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 200);
