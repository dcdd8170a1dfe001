/** The test's end of victims/puppet.py: a process whose sockets a test controls. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Family, Protocol } from '../../agent/protocol';
import { end, endOf, type RunOptions, start } from './programs';

export type Address = readonly [address: string, port: number];

/** A socket as its own process describes it. */
export interface SocketInfo {
  readonly cookie: string;
  readonly local: Address;
  readonly remote: Address | null;
}

export interface SocketOptions {
  readonly family: Family;
  readonly protocol?: Protocol;
  /** IPv6 sockets that take IPv4 as well. */
  readonly dual?: boolean;
  readonly reuse?: boolean;
  readonly reuseport?: boolean;
  /** IPv6: addresses of other machines may be bound, too. */
  readonly freebind?: boolean;
}

export interface BindOptions extends SocketOptions {
  readonly address: string;
  readonly port?: number;
}

interface Answer {
  readonly ok?: unknown;
  readonly errno?: string;
}

export class Puppet {
  readonly pid: number;
  readonly #child: ChildProcess;
  /** Who waits for an answer, in the order in which they asked. */
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];

  private constructor(pid: number, child: ChildProcess, lines: Interface) {
    this.pid = pid;
    this.#child = child;
    lines.on('line', (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    lines.on('close', () => {
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error(`Puppet ${pid} ended without an answer`));
    });
  }

  /** `command` runs puppet.py; if that has a pid namespace of its own, `pidHere` resolves with its pid in this one. */
  static async start(
    command: readonly string[],
    runOptions: RunOptions,
    pidHere?: () => Promise<number>,
  ): Promise<Puppet> {
    const child = start(command, runOptions, { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(child.stdout);
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    const { pid } = JSON.parse(line).ok as { pid: number };
    if (pidHere) return new Puppet(await pidHere(), child, lines);
    assert.equal(pid, child.pid);
    return new Puppet(pid, child, lines);
  }

  listen(name: string, binding: BindOptions & { readonly backlog?: number }): Promise<SocketInfo> {
    return this.#do('listen', { name, ...binding });
  }

  bind(name: string, binding: BindOptions): Promise<SocketInfo> {
    return this.#do('bind', { name, ...binding });
  }

  /** `wait: false`: returns while the connection is still being made. */
  connect(
    name: string,
    options: SocketOptions & { readonly to: Address; readonly bind?: Address; readonly wait?: boolean },
  ): Promise<SocketInfo> {
    return this.#do('connect', { name, ...options });
  }

  /** The errno with which a connect fails, `ETIMEDOUT` after 5 s; null if it succeeds. */
  async connectErrno(
    name: string,
    options: SocketOptions & { readonly to: Address },
  ): Promise<string | null> {
    return (await this.#ask({ do: 'connect', name, ...options })).errno ?? null;
  }

  accept(name: string, from: string): Promise<SocketInfo> {
    return this.#do('accept', { name, from });
  }

  send(name: string, text: string, to?: Address): Promise<number> {
    return this.#do('send', { name, text, ...(to ? { to } : {}) });
  }

  /** Sends until the buffers of both ends are full. */
  fill(name: string): Promise<void> {
    return this.#do('fill', { name });
  }

  /** Empty text: the peer has closed. */
  receive(name: string): Promise<{ readonly text: string; readonly from: Address | null }> {
    return this.#do('receive', { name });
  }

  /** Whether nothing arrives within so many seconds. */
  async receivesNothing(name: string, within: number): Promise<boolean> {
    return (await this.#ask({ do: 'receive', name, within })).errno === 'ETIMEDOUT';
  }

  /** The errno with which a call on this socket fails; null if it succeeds. */
  async errnoOf(call: 'receive' | 'send' | 'accept', name: string): Promise<string | null> {
    const parameters = {
      receive: { name },
      send: { name, text: 'x' },
      accept: { name: `${name}'`, from: name },
    };
    const answer = await this.#ask({ do: call, ...parameters[call] });
    return answer.errno ?? null;
  }

  /** Reads and clears the pending errno (SO_ERROR); null without one. */
  pending(name: string): Promise<string | null> {
    return this.#do('pending', { name });
  }

  close(name: string): Promise<void> {
    return this.#do('close', { name });
  }

  /** Closes it by an RST. */
  reset(name: string): Promise<void> {
    return this.#do('reset', { name });
  }

  /** By their names in C: `TCP_USER_TIMEOUT`, in milliseconds; `SO_KEEPALIVE`, `TCP_KEEPIDLE`, in seconds. */
  setOptions(name: string, options: Readonly<Record<string, number>>): Promise<void> {
    return this.#do('set_options', { name, options });
  }

  getOptions(name: string, options: readonly string[]): Promise<Readonly<Record<string, number>>> {
    return this.#do('get_options', { name, options });
  }

  shutdown(name: string): Promise<void> {
    return this.#do('shutdown', { name });
  }

  info(name: string): Promise<SocketInfo> {
    return this.#do('info', { name });
  }

  /** For victims that have more commands than puppets. */
  command(name: string, parameters: object = {}): Promise<unknown> {
    return this.#do(name, parameters);
  }

  get lives(): boolean {
    return this.ended === null;
  }

  /** Formatted by `endOf`. */
  get ended(): string | null {
    return endOf(this.#child);
  }

  stop(): Promise<void> {
    return end(this.#child);
  }

  async #do<T>(command: string, parameters: object): Promise<T> {
    const answer = await this.#ask({ do: command, ...parameters });
    assert.equal(answer.errno, undefined, `${command} ${JSON.stringify(parameters)}`);
    return answer.ok as T;
  }

  #ask(request: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (!this.lives) return reject(new Error(`Puppet ${this.pid} has ended`));
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }
}

/** Fails unless text arrives in both directions. */
export async function assertEchoes(one: [Puppet, string], other: [Puppet, string]): Promise<void> {
  for (const [[from, out], [to, into]] of [
    [one, other],
    [other, one],
  ] as const) {
    await from.send(out, 'ping');
    assert.equal((await to.receive(into)).text, 'ping', `from ${out} to ${into}`);
  }
}
