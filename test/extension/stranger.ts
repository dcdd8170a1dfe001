/** A server of another user, whose sockets the scope `mine` denies. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Of nobody's that the machine knows. */
const uid = 64_993;

/** Not Node: this one's may lie where others cannot read it. */
const source = `
import socket
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)
server.accept()`;

export class Stranger {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(): Promise<Stranger> {
    const child = spawn('/usr/bin/python3', ['-c', source], {
      uid,
      gid: uid,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [printed] = await once(child.stdout, 'data');
    return new Stranger(child, Number(printed));
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}
