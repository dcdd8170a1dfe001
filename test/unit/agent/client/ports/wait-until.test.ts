/** Waiting for an answer: asked again at changes, or by polling. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '../../../../../agent/client/connect';
import { waitUntil } from '../../../../../agent/client/ports/wait-until';
import type { ChangeSource } from '../../../../../agent/protocol';

/** A connection to an agent that reports changes when a test says so. */
class FakeClient {
  readonly asked: string[] = [];
  readonly info: { mode: string };
  readonly #source: ChangeSource;
  readonly #lost: Promise<void>;
  change = () => {};
  hangUp = () => {};

  constructor(mode: string, source: ChangeSource = 'events') {
    this.info = { mode };
    this.#source = source;
    this.#lost = new Promise((resolve) => {
      this.hangUp = resolve;
    });
  }

  on(_: unknown, handle: () => void): void {
    this.change = handle;
  }

  async request({ method }: { readonly method: string }): Promise<unknown> {
    this.asked.push(method);
    return method === 'sockets/watch' ? { watch: 1, source: this.#source } : null;
  }

  closed(): Promise<void> {
    return this.#lost;
  }

  asClient(): Client {
    return this as unknown as Client;
  }
}

/** Longer than any test may take, and shorter than the pause beside a watch would make it. */
const longMs = 3000;

describe('waiting for an answer', () => {
  it('is over at once where there is one, without a watch', async () => {
    const client = new FakeClient('agent');
    assert.equal(await waitUntil(client.asClient(), ':1', async () => 'here', longMs), 'here');
    assert.deepEqual(client.asked, []);
  });

  it('asks again at a change, and not before', async () => {
    const client = new FakeClient('agent');
    let asked = 0;
    const ask = async () => {
      asked += 1;
      if (asked === 2) setTimeout(() => client.change(), 300);
      return asked === 3 ? 'here' : null;
    };
    assert.equal(await waitUntil(client.asClient(), ':1', ask, longMs), 'here');
    assert.deepEqual(client.asked, ['sockets/watch', 'sockets/unwatch']);
  });

  it('takes notice of a change while it asks', async () => {
    const client = new FakeClient('agent');
    let asked = 0;
    const ask = async () => {
      asked += 1;
      client.change();
      return asked === 3 ? 'here' : null;
    };
    assert.equal(await waitUntil(client.asClient(), ':1', ask, longMs), 'here');
  });

  it('polls without a watch where the agent would poll, and where there is none', async () => {
    for (const [client, asked] of [
      [new FakeClient('agent', 'polling'), ['sockets/watch', 'sockets/unwatch']],
      [new FakeClient('observer'), []],
    ] as const) {
      let questions = 0;
      const ask = async () => (++questions === 4 ? 'here' : null);
      assert.equal(await waitUntil(client.asClient(), ':1', ask, longMs), 'here');
      assert.deepEqual(client.asked, asked);
    }
  });

  it('ends after its time, with a last question', async () => {
    const began = performance.now();
    const askedAt: number[] = [];
    const ask = async () => {
      askedAt.push(performance.now() - began);
      return null;
    };
    assert.equal(await waitUntil(new FakeClient('agent').asClient(), ':1', ask, 50), null);
    // A timer may be over a millisecond early, which costs one question more.
    const [last = 0, ...earlier] = askedAt.reverse();
    assert.ok(last >= 50 && earlier.every((at) => at < 50), askedAt.join(' '));
  });

  it('ends where the agent does', async () => {
    const client = new FakeClient('agent');
    let asked = 0;
    const ask = async () => {
      if (++asked === 3) throw new Error('The agent hung up');
      client.hangUp();
      return null;
    };
    await assert.rejects(waitUntil(client.asClient(), ':1', ask, longMs), /hung up/);
  });
});
