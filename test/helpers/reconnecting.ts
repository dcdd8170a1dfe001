/** The test's end of victims/reconnect.py: a client that always comes back, and what it says of itself. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, type Surroundings, start, until } from './programs';
import type { Address } from './puppet';
import { python, type Stage } from './stage';

/** Times are CLOCK_MONOTONIC milliseconds. */
export interface Said {
  readonly what: 'connect' | 'connected' | 'failed' | 'lost';
  readonly at: number;
  readonly errno: string | null;
}

export class Reconnecting {
  readonly said: Said[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    assert.ok(child.stdout);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { at, ...rest } = JSON.parse(line);
      this.said.push({ ...rest, at: at / 1e6 });
    });
  }

  /** Resolves when it is connected; ended with the stage. */
  static async start(
    stage: Stage,
    [address, port]: Address,
    pauseMs: number,
    surroundings: Surroundings = {},
  ): Promise<Reconnecting> {
    const command = [python, join(stage.folder, 'reconnect.py'), address, `${port}`, `${pauseMs}`];
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = start(
      command,
      { user: stage.user, netns: stage.netns, ...surroundings },
      { stdio: [...stdio] },
    );
    const client = new Reconnecting(child);
    stage.onClose(() => end(child));
    await until('the client is connected', () => client.connected === 1);
    return client;
  }

  get pid(): number {
    assert.ok(this.#child.pid);
    return this.#child.pid;
  }

  /** How often it was. */
  get connected(): number {
    return this.said.filter(({ what }) => what === 'connected').length;
  }

  stop(): Promise<void> {
    return end(this.#child);
  }
}
