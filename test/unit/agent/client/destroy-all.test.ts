/** Many targets in several requests. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { RequestType } from 'vscode-jsonrpc';
import { destroyAll } from '../../../../agent/client/destroy-all';
import type { Requester } from '../../../../agent/client/requester';
import { type DestroyParams, limits, type Target } from '../../../../agent/protocol';

interface Pending {
  readonly params: DestroyParams;
  answer(): void;
  fail(): void;
}

const ending = { outcome: 'destroyed', engine: 'bpf', errno: null, message: ['Destroyed ', ''] };

/** Requests wait in `pending`. */
function agentOf(pending: Pending[]): Requester {
  const request = (_type: RequestType<DestroyParams, unknown, void>, params: DestroyParams) =>
    new Promise((resolve, reject) => {
      pending.push({
        params,
        answer: () => resolve({ endings: [ending], of: params.targets.map(() => 0) }),
        fail: () => reject(new Error('the broker is lost')),
      });
    });
  return { request } as unknown as Requester;
}

const targetsOf = (count: number): Target[] =>
  Array.from({ length: count }, (_, at) => ({
    netns: 7,
    cookie: String(at),
    family: 'ipv4',
    protocol: 'tcp',
    local: { address: '127.0.0.1', port: 1 },
    remote: null,
  }));

describe('destroyAll', () => {
  const count = 3 * limits.targets + 1;

  it('has two requests at once, and results in the order of the targets', async () => {
    const pending: Pending[] = [];
    const all = destroyAll(agentOf(pending), targetsOf(count), { engine: 'bpf' });
    await turn();
    assert.equal(pending.length, 2);
    pending[1]?.answer();
    await turn();
    assert.equal(pending.length, 2, 'the first is not answered yet');
    for (const at of [0, 2, 3]) {
      pending[at]?.answer();
      await turn();
    }
    const results = await all;
    assert.deepEqual(
      results.map(({ cookie }) => cookie),
      targetsOf(count).map(({ cookie }) => cookie),
    );
    assert.deepEqual(
      pending.map(({ params }) => [params.targets.length, params.engine]),
      [limits.targets, limits.targets, limits.targets, 1].map((length) => [length, 'bpf']),
    );
  });

  it('sends nothing after a request that failed', async () => {
    for (const failing of [0, 1]) {
      const pending: Pending[] = [];
      const all = assert.rejects(destroyAll(agentOf(pending), targetsOf(count), {}), /the broker is lost/);
      await turn();
      pending[1 - failing]?.answer();
      pending[failing]?.fail();
      await turn();
      for (const { answer } of pending) answer();
      await all;
      assert.ok(pending.length <= 2 + failing);
    }
  });

  it('sends nothing for no targets', async () => {
    const pending: Pending[] = [];
    assert.deepEqual(await destroyAll(agentOf(pending), [], {}), []);
    assert.equal(pending.length, 0);
  });
});
