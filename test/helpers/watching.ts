/** A running `sockscope list --watch`, or another verb that watches, with the lines that it has printed. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SocketChange } from '../../agent/protocol';
import { end, type RunOptions, start, until } from './programs';
import type { Stage } from './stage';

export type Printed = SocketChange & { readonly schema: number };

export class WatchCommand {
  readonly lines: string[] = [];
  stderr = '';
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    assert.ok(child.stdout && child.stderr);
    createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Resolves when it watches; it ends with the stage. */
  static async start(
    stage: Stage,
    words: readonly string[],
    runOptions: RunOptions = {},
    verb = 'list',
  ): Promise<WatchCommand> {
    const command = [process.execPath, join(stage.folder, 'sockscope.js'), verb, '--watch', ...words];
    const child = start(command, { user: stage.user, netns: stage.netns, ...runOptions }, { stdio: 'pipe' });
    const watching = new WatchCommand(child);
    stage.onClose(() => end(child));
    await until('it watches', () => {
      assert.equal(child.exitCode, null, watching.stderr);
      return watching.stderr.includes('Watching');
    });
    return watching;
  }

  get pid(): number {
    assert.ok(this.#child.pid);
    return this.#child.pid;
  }

  /** The parsed lines; needs --json. */
  get changes(): Printed[] {
    return this.lines.map((line) => JSON.parse(line) as Printed);
  }

  of({ cookie }: { readonly cookie: string }): Printed[] {
    return this.changes.filter(({ socket }) => socket.cookie === cookie);
  }

  /** Waits for the change that closes a socket. */
  closed(described: { readonly cookie: string }): Promise<Printed> {
    return until(`${described.cookie} is closed`, () =>
      this.of(described).find(({ event }) => event === 'closed'),
    );
  }

  added(described: { readonly cookie: string }): Promise<Printed> {
    return until(`${described.cookie} is added`, () =>
      this.of(described).find(({ event }) => event === 'added'),
    );
  }

  /** Closes the pipe that it prints to. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  stop(): Promise<void> {
    return end(this.#child);
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}
