/** The test's end of victims/reconnect.py: a client that always reconnects, with its log. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, type RunOptions, start, until } from './programs';
import type { Address } from './puppet';
import { python, type Stage } from './stage';

/** Times are CLOCK_MONOTONIC milliseconds. */
export interface LogEntry {
  readonly what: 'connect' | 'connected' | 'failed' | 'lost';
  readonly at: number;
  readonly errno: string | null;
}

/** Milliseconds that it waits before it connects again: random, between these. */
export type PauseRange = readonly [leastMs: number, mostMs: number];

export class ReconnectingClient {
  readonly log: LogEntry[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    assert.ok(child.stdout);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { at, ...rest } = JSON.parse(line);
      this.log.push({ ...rest, at: at / 1e6 });
    });
  }

  /** Resolves when it is connected; ends with the stage. `mostFailures`: makes no connect after so many in a row that failed; 0: no limit. */
  static async start(
    stage: Stage,
    [address, port]: Address,
    [leastMs, mostMs]: PauseRange,
    runOptions: RunOptions = {},
    mostFailures = 0,
  ): Promise<ReconnectingClient> {
    const command = [
      python,
      join(stage.folder, 'reconnect.py'),
      address,
      ...[port, leastMs, mostMs, mostFailures].map(String),
    ];
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = start(
      command,
      { user: stage.user, netns: stage.netns, ...runOptions },
      { stdio: [...stdio] },
    );
    const client = new ReconnectingClient(child);
    stage.onClose(() => end(child));
    await until('the client is connected', () => client.connected === 1);
    return client;
  }

  get pid(): number {
    assert.ok(this.#child.pid);
    return this.#child.pid;
  }

  /** The number of connections that it has made. */
  get connected(): number {
    return this.log.filter(({ what }) => what === 'connected').length;
  }

  stop(): Promise<void> {
    return end(this.#child);
  }
}
