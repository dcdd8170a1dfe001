/**
 * Packages of npm that list sockets, or name the process of a port, in a Node that runs already. A line {"list":true} or {"port":3000} is
 * answered by {"ms":12.3}, or by {"error":"..."}.
 */

import { createInterface } from 'node:readline';
import { portToPid } from 'pid-port';
import systeminformation from 'systeminformation';

async function list() {
  const connections = await systeminformation.networkConnections();
  if (connections.length === 0) throw new Error('it listed no socket'); // as where the output of ss is too long for it
}

async function findProcess(port) {
  if (!Number.isInteger(await portToPid(port))) throw new Error(`it found no process of port ${port}`);
}

async function timed(work) {
  const started = performance.now();
  try {
    await work();
    return { ms: performance.now() - started };
  } catch ({ message }) {
    return { error: message };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { port } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await timed(() => (port ? findProcess(port) : list())))}\n`);
}
