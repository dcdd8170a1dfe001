// A client that reconnects: after a lost connection it waits 1 s, then 2 s, 4 s, at most 8 s.
import { get } from 'node:http';

const port = 3000;
const longest = 8000;
let wait = 1000;

function reconnect(reason) {
  console.log(`Connection lost: ${reason}. Next attempt in ${wait / 1000} s (pid ${process.pid} lives on)`);
  setTimeout(connect, wait);
  wait = Math.min(wait * 2, longest);
}

function connect() {
  const request = get({ host: '127.0.0.1', port, agent: false }, (response) => {
    const { localPort } = response.socket;
    console.log(`Connected from 127.0.0.1:${localPort} to 127.0.0.1:${port}`);
    wait = 1000;
    response.on('data', (text) => process.stdout.write(`  ${text}`));
    response.on('error', () => {}); // the request's 'close' follows with the reason
    response.socket.on('error', (error) => {
      response.reason = error.code;
    });
    response.on('close', () => reconnect(response.reason ?? 'closed by the server'));
  });
  request.on('error', (error) => {
    if (!request.res) reconnect(error.code);
  });
}

connect();
