/** A real agent with its broker, started as sudo starts it. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type Client, connectAgent } from '../../agent/client/connect';
import { agentStatus } from '../../agent/protocol';
import { end, type RunOptions, start } from './programs';

export interface Served {
  readonly uid: number;
  readonly gid: number;
}

export class AgentProcess {
  readonly #child: ChildProcess;
  readonly #clients: Client[] = [];
  /** Its whole error output. */
  stderr = '';

  private constructor(
    readonly served: Served,
    child: ChildProcess,
  ) {
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Resolves when it serves. Rejects, with its output, if it ends instead. */
  static async start(
    program: string,
    args: readonly string[],
    served: Served,
    runOptions: RunOptions,
  ): Promise<AgentProcess> {
    const command = [process.execPath, program, 'serve', ...args];
    const environment = { SUDO_UID: String(served.uid) };
    const child = start(command, { ...runOptions, environment }, { stdio: ['ignore', 'ignore', 'pipe'] });
    const agent = new AgentProcess(served, child);
    await agent.prints(/ serves uid /);
    return agent;
  }

  get pid(): number {
    assert.ok(this.#child.pid);
    return this.#child.pid;
  }

  /** A connection of this process; closed with the agent. */
  async client(): Promise<Client> {
    const client = await connectAgent(this.served.uid);
    assert.ok(client, `an agent for uid ${this.served.uid}`);
    this.#clients.push(client);
    return client;
  }

  async brokerPid(): Promise<number> {
    const { brokerPid } = await (await this.client()).request(agentStatus, {});
    assert.ok(brokerPid);
    return brokerPid;
  }

  /** Waits until its output matches, for at most a minute. */
  async prints(pattern: RegExp): Promise<void> {
    const signal = AbortSignal.timeout(60_000);
    while (!pattern.test(this.stderr)) {
      const [ended] = await Promise.race([
        once(this.#child, 'close', { signal }).then(() => [true]),
        this.#child.stderr ? once(this.#child.stderr, 'data', { signal }).then(() => [false]) : [true],
      ]).catch(() => {
        throw new Error(`The agent does not print ${pattern}, but: ${this.stderr}`);
      });
      if (ended) throw new Error(`The agent ended: ${this.stderr}`);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Its exit code; null if a signal ended it. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await end(this.#child, 'SIGTERM');
  }
}
