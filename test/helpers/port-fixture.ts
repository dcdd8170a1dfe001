/** A port and the programs that hold it, with the command line for it. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PortHolder } from '../../agent/protocol';
import { end, type Finished, type RunOptions, run as runToEnd, start } from './programs';
import { type CommandResult, python, Stage } from './stage';

/** A program that holds a port, with the lines that it prints. */
export class HoldingProgram {
  readonly #lines: AsyncIterator<string>;

  private constructor(readonly child: ChildProcess) {
    assert.ok(child.stdout);
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves when it has printed a line. */
  static async start(command: readonly string[], runOptions: RunOptions): Promise<HoldingProgram> {
    const holder = new HoldingProgram(start(command, runOptions, { stdio: ['ignore', 'pipe', 'ignore'] }));
    holder.ready = await holder.line();
    return holder;
  }

  ready = '';

  /** The next line that it has printed, or prints. Rejects if the program ends first. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('It ended without a line');
    return value;
  }

  get lives(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async ended(): Promise<void> {
    if (this.lives) await once(this.child, 'exit');
  }
}

/** A stage with one port at a time, and everything that a test started for it. */
export class PortFixture {
  readonly stage = new Stage();
  readonly #programs: HoldingProgram[] = [];

  constructor(public port: number) {}

  /** Another port for each test: time-wait sockets stay for a minute. */
  nextPort(): void {
    this.port += 10;
  }

  /** port_holder.py, by default on the port. */
  hold(kind: string, at = this.port, runOptions: RunOptions = {}): Promise<HoldingProgram> {
    return this.run([python, join(this.stage.folder, 'port_holder.py'), kind, String(at)], runOptions);
  }

  /** port_holder.py on the port of this address. */
  holdAt(address: string, kind = 'listen', ...more: readonly string[]): Promise<HoldingProgram> {
    const program = join(this.stage.folder, 'port_holder.py');
    return this.run([python, program, kind, String(this.port), address, ...more]);
  }

  async run(command: readonly string[], runOptions: RunOptions = {}): Promise<HoldingProgram> {
    const { user, netns } = this.stage;
    const program = await HoldingProgram.start(command, { user, netns, ...runOptions });
    this.#programs.push(program);
    return program;
  }

  /** The server closes first, so only time-wait is left on the port. Its FIN may come later than its close (closeFirst). */
  async leaveTimeWait(): Promise<void> {
    const server = await this.hold('closer');
    const client = await this.hold('client');
    await client.line();
    await end(client.child);
    await end(server.child);
  }

  /** `why` and `free` of the port at an address: `127.0.0.1`, `[::1]`, `localhost`. */
  at(host: string): {
    why: () => Promise<CommandResult>;
    free: (...words: string[]) => Promise<CommandResult>;
  } {
    const port = `${host}:${this.port}`;
    return {
      why: () => this.stage.sockscope(['why', port, '--json']),
      free: (...words) => this.stage.sockscope(['free', port, '--yes', '--json', ...words]),
    };
  }

  why(...words: string[]): Promise<CommandResult> {
    return this.stage.sockscope(['why', String(this.port), '--json', ...words]);
  }

  free(...words: string[]): Promise<CommandResult> {
    return this.stage.sockscope(['free', String(this.port), '--yes', '--json', ...words]);
  }

  /** `free` on a terminal, where it asks. */
  freeOnTerminal(input: string): Promise<Finished> {
    const { folder, user, netns } = this.stage;
    const command = `${process.execPath} ${folder}/sockscope.js free ${this.port}`;
    const script = ['script', '--quiet', '--return', '--command', command, '/dev/null'];
    return runToEnd(script, { user, netns }, input);
  }

  async endPrograms(): Promise<void> {
    for (const { child } of this.#programs.splice(0)) await end(child);
  }

  close(): Promise<void> {
    return this.stage.close();
  }
}

/** The kinds of the holders in an answer of `why`. */
export function kindsOf({ json, stderr }: CommandResult): string[] {
  assert.ok(json, stderr);
  return json.holders.map(({ kind }: PortHolder) => kind);
}
