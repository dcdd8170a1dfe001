/** A WebSocket server. Its argument is the port. */

import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]) });
server.on('connection', (socket) => socket.on('error', () => {}));
