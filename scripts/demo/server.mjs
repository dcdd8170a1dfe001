// A small dev server: every client gets the time once a second, for as long as it stays.
import { createServer } from 'node:http';

const port = 3000;

const server = createServer((request, response) => {
  const client = `${request.socket.remoteAddress}:${request.socket.remotePort}`;
  console.log(`${client} connected`);
  // Without nosniff, a browser waits for more text before it shows any.
  response.writeHead(200, { 'Content-Type': 'text/plain', 'X-Content-Type-Options': 'nosniff' });
  const timer = setInterval(() => response.write(`${new Date().toLocaleTimeString()}\n`), 1000);
  request.socket.on('error', (error) => console.log(`${client} ${error.code}`));
  request.socket.on('close', () => {
    clearInterval(timer);
    console.log(`${client} is gone; the server lives on (pid ${process.pid})`);
  });
});

server.listen(port, '127.0.0.1', () => console.log(`Listening on 127.0.0.1:${port} (pid ${process.pid})`));
