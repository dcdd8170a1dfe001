/** A child process with connections to itself that reports their errors: the victims of the tests. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The message of the program when a connection breaks. */
export interface Broken {
  /** Port of the client's end; 0 if it broke before it was connected. */
  readonly client: number;
  readonly side: 'client' | 'server';
  readonly errno: string;
}

const source = `
const net = require('net');
const clients = new Map();
const broken = (client, side) => (error) => process.send({ client, side, errno: error.code });
const server = net.createServer((socket) => {
  socket.on('error', broken(socket.remotePort, 'server'));
  socket.pipe(socket);
});
const connect = () => new Promise((resolve) => {
  const socket = net.connect({ port: server.address().port, host: process.argv[2] }, () => {
    client = socket.localPort;
    clients.set(client, socket);
    resolve(client);
  });
  let client = 0;
  socket.on('error', (error) => {
    broken(client, 'client')(error);
    resolve(client);
  });
});
server.listen(0, process.argv[2], async () =>
  process.send({ port: server.address().port, clients: [await connect(), await connect()] }));
process.on('message', async ({ ping, more }) => {
  if (more) return process.send({ made: await connect() });
  const socket = clients.get(ping);
  if (!socket || socket.destroyed) return process.send({ pong: ping, alive: false });
  socket.once('data', () => process.send({ pong: ping, alive: true }));
  socket.write('x');
});
process.on('disconnect', () => process.exit());
`;

type Message = Partial<Broken> & {
  readonly port?: number;
  readonly clients?: readonly number[];
  readonly pong?: number;
  readonly alive?: boolean;
  readonly made?: number;
};

export class Program {
  /** Local port of the server's end. */
  port = 0;
  /** Local ports of the two connections' client ends. */
  clients: readonly [victim: number, bystander: number] = [0, 0];
  readonly #messages: Message[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    child.on('message', (message: Message) => this.#messages.push(message));
  }

  static async start(host: string): Promise<Program> {
    const folder = mkdtempSync(join(tmpdir(), 'sockscope-program-'));
    const file = join(folder, 'program.cjs');
    writeFileSync(file, source);
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const program = new Program(fork(file, [host], { env, execArgv: [] }), folder);
    const { port = 0, clients = [] } = await program.#waitFor((message) => message.port !== undefined);
    program.port = port;
    program.clients = [clients[0] ?? 0, clients[1] ?? 0];
    return program;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get broken(): readonly Broken[] {
    return this.#messages.filter((message): message is Broken => message.errno !== undefined);
  }

  async breaks(client: number, side: Broken['side']): Promise<string | undefined> {
    return (await this.#waitFor((message) => message.client === client && message.side === side)).errno;
  }

  async echoes(client: number): Promise<boolean> {
    const before = this.#messages.length;
    this.#child.send({ ping: client });
    const isPong = (message: Message) => message.pong === client && this.#messages.indexOf(message) >= before;
    return (await this.#waitFor(isPong)).alive === true;
  }

  /** One more connection; resolves with its client's port. */
  async connect(): Promise<number> {
    const before = this.#messages.length;
    this.#child.send({ more: true });
    const isMade = (message: Message) =>
      message.made !== undefined && this.#messages.indexOf(message) >= before;
    return (await this.#waitFor(isMade)).made ?? 0;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The first message, now or to come, that fits. */
  async #waitFor(fits: (message: Message) => boolean): Promise<Message> {
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const found = this.#messages.find(fits);
      if (found) return found;
      await once(this.#child, 'message', { signal });
    }
  }
}
