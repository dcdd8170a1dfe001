/** Sockets of every kind that rows are of, made by the tests themselves. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { PortServer } from './port-server';
import { Program } from './program';

const datagrams = `const socket = require('dgram').createSocket('udp4');
socket.bind(0, '127.0.0.1', () => console.log(socket.address().port));`;

export class Victims {
  private constructor(
    /** A listener, and connections with both ends here. */
    readonly program: Program,
    private readonly udp: ChildProcess,
    private readonly udpPort: number,
    /** The extension host's own, which is never destroyed. */
    private readonly locked: Server,
    /** A connection in time-wait. */
    private readonly leftover: PortServer,
  ) {}

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

  /** Matches nothing else on the machine. `more`: ports of connections that were made later. */
  filter(...more: number[]): string {
    const { program, udpPort, leftover } = this;
    const address = this.locked.address();
    assert.ok(address !== null && typeof address === 'object');
    const ports = [program.port, ...program.clients, ...more, udpPort, address.port, leftover.port];
    return `port:${ports.join(',')}`;
  }

  remove(): void {
    this.program.stop();
    this.udp.kill('SIGKILL');
    this.locked.close();
    this.leftover.remove();
  }
}
