/**
 * Runs in the guest: makes connections, uses the real command line on them, and prints one JSON object with the output
 * of the command line and the errors at both ends. test/kernels/smoke.test.ts checks it.
 */

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Runs `sockscope ARGS --json`; async, so that this process goes on serving its connections. */
function sockscope(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, ['/sockscope/sockscope.js', ...args, '--json'], (error, stdout, stderr) => {
      let json = null;
      try {
        json = JSON.parse(stdout);
      } catch {
        // the exit code and the error text have the reason
      }
      resolve({ exitCode: error?.code ?? 0, json, stderr });
    });
  });
}

/** The answer of a private agent to one request, `{ result }` or `{ error }`, requested as by the command line. */
async function ask(method, params) {
  const { json } = await sockscope('agent', 'status');
  const agent = spawn(process.execPath, ['/sockscope/agent.js', 'direct'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    agent.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  const introduction = { processId: null, rootUri: null, capabilities: {}, initializationOptions: json.here };
  send({ id: 1, method: 'initialize', params: introduction });
  send({ id: 2, method, params });
  let received = '';
  for await (const chunk of agent.stdout.setEncoding('utf8')) {
    received += chunk;
    const answer = received.split(/Content-Length: \d+\r\n\r\n/).find((body) => body.includes('"id":2'));
    try {
      const { result, error } = JSON.parse(answer);
      agent.stdin.end();
      return { result, error };
    } catch {
      // the message is incomplete
    }
  }
  return { error: 'the agent ended' };
}

/** Kind, remedy and explanation of each holder of a port. */
async function holders(port) {
  const { result, error } = await ask('ports/explain', { port, protocol: 'tcp', netns: null });
  return result?.holders.map(({ kind, remedy, why }) => ({ kind, remedy, why })) ?? error;
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

/** Connects repeatedly until the errno is as expected; resolves with the last one. */
async function connectsUntil(port, expected) {
  let errno;
  for (let left = 300; left > 0; left--) {
    errno = await connectErrno(port);
    if (errno === expected) break;
    await sleep(100);
  }
  return errno;
}

/** The errno of connects while the port is held down, and afterwards. */
async function outage(port) {
  const words = ['outage', `remote:${port}`, '--fault', 'unreachable', '--for', '10m', '--yes'];
  const command = spawn(process.execPath, ['/sockscope/sockscope.js', ...words], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const during = await connectsUntil(port, 'EHOSTUNREACH');
  command.kill('SIGKILL');
  return { during, after: await connectsUntil(port, null) };
}

async function openConnection(port) {
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
async function echoes({ socket, errno }) {
  if (errno || socket.destroyed) return false;
  socket.write('ping');
  return Promise.race([once(socket, 'data').then(() => true), sleep(5000, false)]);
}

async function smoke() {
  const peerErrors = {};
  const server = createServer((socket) => {
    const port = socket.remotePort;
    socket.on('error', (error) => {
      peerErrors[port] = error.code;
    });
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  const victim = await openConnection(port);
  const bystander = await openConnection(port);

  const doctor = await sockscope('doctor');
  // The first call finds the port's bucket as the kernel created it, the later ones after a bind was tried.
  const ports = {
    client: [await holders(victim.port), await holders(victim.port)],
    server: [await holders(port), await holders(port)],
  };
  const list = await sockscope('list', `remote:${port}`);
  const target = list.json?.sockets?.find(({ local }) => local.port === victim.port);
  const nothing = await sockscope('destroy', `cookie:${target?.cookie}`, `remote:${port + 1}`, '--yes');
  const livesAfterNothing = await echoes(victim);
  const destroy = target && (await sockscope('destroy', `cookie:${target.cookie}`, '--yes'));
  await sleep(500);
  const ends = {
    victim: victim.errno,
    victimsPeer: peerErrors[victim.port] ?? null,
    bystander: bystander.errno,
    bystanderEchoes: await echoes(bystander),
    listening: server.listening,
  };
  const held = await outage(port);
  return {
    ports: { server: port, victim: victim.port },
    doctor,
    holders: ports,
    list,
    nothing,
    livesAfterNothing,
    destroy,
    ends,
    held,
  };
}

const result = await smoke().catch((error) => ({ error: error.stack }));
process.stdout.write(JSON.stringify(result), () => process.exit());
