/** ws as it is: it does not reconnect by itself. Its argument is the port. */

import { WebSocket } from 'ws';

const socket = new WebSocket(`ws://127.0.0.1:${process.argv[2]}`);
socket.on('open', () => console.log('ready'));
socket.on('error', () => {}); // 'close' follows
setInterval(() => {}, 1000);
