/** Sockets of every kind that has rows, created by the tests. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { PortServer } from './port-server';
import { Program } from './program';

const datagrams = `const socket = require('dgram').createSocket('udp4');
socket.bind(0, '127.0.0.1', () => console.log(socket.address().port));`;

export class Victims {
  /** A listener, and connections with both ends here. */
  readonly program: Program;
  readonly #udp: ChildProcess;
  readonly #udpPort: number;
  /** A listener of the extension host, which is never destroyed. */
  readonly #locked: Server;
  /** Has a connection in time-wait. */
  readonly #leftover: PortServer;

  private constructor(
    program: Program,
    udp: ChildProcess,
    udpPort: number,
    locked: Server,
    leftover: PortServer,
  ) {
    this.program = program;
    this.#udp = udp;
    this.#udpPort = udpPort;
    this.#locked = locked;
    this.#leftover = leftover;
  }

  static async make(): Promise<Victims> {
    const program = await Program.start('127.0.0.1');
    const udp = spawn(process.execPath, ['-e', datagrams], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [printed] = await once(udp.stdout, 'data');
    const locked = createServer().listen(0, '127.0.0.1');
    await once(locked, 'listening');
    const leftover = await PortServer.make();
    await leftover.leaveTimeWait();
    return new Victims(program, udp, Number(printed), locked, leftover);
  }

  /** Matches no other socket of the machine. `more`: ports of connections that were made later. */
  filter(...more: number[]): string {
    const { program } = this;
    const address = this.#locked.address();
    assert.ok(address !== null && typeof address === 'object');
    const ports = [
      program.port,
      ...program.clients,
      ...more,
      this.#udpPort,
      address.port,
      this.#leftover.port,
    ];
    return `port:${ports.join(',')}`;
  }

  remove(): void {
    this.program.stop();
    this.#udp.kill('SIGKILL');
    this.#locked.close();
    this.#leftover.remove();
  }
}
