/** A small web server that answers with its pid; tests start it in a terminal, a task or a debug session. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from './sockscope';

/** Arguments: the port, and `stubborn` to ignore SIGTERM. */
const source = `
if (process.argv[3] === 'stubborn') process.on('SIGTERM', () => {});
const server = require('http').createServer((_, answer) => answer.end(String(process.pid)));
server.listen(Number(process.argv[2]), () => console.log('listening'));
`;

/** A server that ends its only connection before its client does. */
const closesFirst = `
const net = require('net');
const port = Number(process.argv[1]);
const server = net.createServer((socket) => socket.end()).listen(port, '127.0.0.1', () => {
  net.connect(port, '127.0.0.1').resume().on('close', () => server.close());
});
`;

export class PortServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sockscope-port-'));
  readonly file = join(this.#folder, 'server.cjs');
  readonly #children: ChildProcess[] = [];
  /** Was free when it was chosen. */
  port = 0;

  static async make(): Promise<PortServer> {
    const server = new PortServer();
    writeFileSync(server.file, source);
    server.port = await freePortNumber();
    return server;
  }

  /** The command line that starts it in a shell. */
  get command(): string {
    return `${process.execPath} ${this.file} ${this.port}`;
  }

  /** Outside of any terminal; resolves with the pid when it listens. */
  async hold(...more: 'stubborn'[]): Promise<number> {
    this.#children.push(
      spawn(process.execPath, [this.file, String(this.port), ...more], { stdio: 'ignore' }),
    );
    return this.answers();
  }

  /** Leaves a connection in time-wait behind, and no process. */
  async leaveTimeWait(): Promise<void> {
    const child = spawn(process.execPath, ['-e', closesFirst, String(this.port)], { stdio: 'ignore' });
    await once(child, 'exit');
  }

  /** Waits for an answer on the port; resolves with the pid of the server. */
  async answers(): Promise<number> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const pid = await fetch(`http://127.0.0.1:${this.port}/`).then(
        async (answer) => Number(await answer.text()),
        () => 0,
      );
      if (pid > 0) return pid;
      if (Date.now() > deadline) throw new Error(`no server answers on port ${this.port}`);
      await pause(50);
    }
  }

  async binds(): Promise<boolean> {
    return new Promise((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(this.port, () => probe.close(() => resolve(true)));
    });
  }

  remove(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function freePortNumber(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
