/** Programs of a story, as processes of its plain user. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { User } from './vscode-server';

type Message = Readonly<Record<string, unknown>>;

/** A program that sends messages, all of which are kept. */
export class StoryProgram {
  readonly messages: Message[] = [];
  readonly #process: ChildProcess;

  constructor(user: User, node: string, args: readonly string[]) {
    this.#process = spawn(node, args, {
      uid: user.uid,
      gid: user.gid,
      cwd: user.home,
      env: { HOME: user.home, PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#process.on('message', (message: Message) => this.messages.push(message));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get lives(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The first message, now or to come, that has these fields. */
  async waitFor(wanted: Message | ((message: Message) => boolean)): Promise<Message> {
    const fits = (message: Message) =>
      typeof wanted === 'function'
        ? wanted(message)
        : Object.entries(wanted).every(([name, value]) => message[name] === value);
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      await once(this.#process, 'message', { signal });
    }
  }

  /** Whether the echo on the connection with this local port comes back. */
  async echoes(port: number): Promise<boolean> {
    const seen = this.messages.length;
    this.#process.send({ ping: port });
    const isPong = (message: Message) => message.pong === port && this.messages.indexOf(message) >= seen;
    return (await this.waitFor(isPong)).alive === true;
  }

  stop(): void {
    this.#process.kill('SIGKILL');
  }
}
