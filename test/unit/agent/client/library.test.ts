import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { abortable, cancellable, onAbort } from '../../../../agent/client/library/abort';
import type { AgentConnection } from '../../../../agent/client/library/agent-connection';
import { type Duration, toMs } from '../../../../agent/client/library/durations';
import { NoAgentError, SockscopeError, toSockscopeError } from '../../../../agent/client/library/errors';
import { outage } from '../../../../agent/client/library/outage';
import { Queue, Queues } from '../../../../agent/client/library/queue';
import { ErrorCode, protocolError } from '../../../../agent/protocol';

async function read<T>(queue: Queue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue.read()) items.push(item);
  return items;
}

describe("the library's durations", () => {
  it('are milliseconds, or a number with a unit', () => {
    assert.deepEqual(
      [250, 0, 1.6, '500ms', '10s', '2m', '1h'].map((one) => toMs('for', one as Duration)),
      [250, 0, 2, 500, 10_000, 120_000, 3_600_000],
    );
  });

  it('reject anything else', () => {
    for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, '10', '10 s', '', 's'])
      assert.throws(() => toMs('for', wrong as Duration), { code: 'invalidParams', message: /^for: / });
  });
});

describe("the library's errors", () => {
  it('carry codes that programs can compare', () => {
    const codeOf = (error: unknown) => toSockscopeError(error).code;
    assert.equal(codeOf(protocolError(ErrorCode.busy, 'x')), 'busy');
    assert.equal(codeOf(new ResponseError(ErrorCodes.InvalidParams, 'x')), 'invalidParams');
    assert.equal(codeOf(new ResponseError(ErrorCodes.PendingResponseRejected, 'x')), 'lost');
    assert.equal(codeOf(new ResponseError(ErrorCodes.InternalError, 'x')), 'failed');
    assert.equal(codeOf(new Error('The agent hung up')), 'lost');
  });

  it('are not wrapped twice, and keep their cause', () => {
    const error = new NoAgentError(1000);
    assert.equal(toSockscopeError(error), error);
    assert.ok(error instanceof SockscopeError);
    assert.match(
      error.message,
      /^No agent serves uid 1000: start it with (sudo )?\S+node \S+\/sockscope\.js agent serve$/,
    );
    const cause = protocolError(ErrorCode.readOnly, 'This agent changes nothing');
    assert.equal(toSockscopeError(cause).cause, cause);
  });
});

describe("the library's signals", () => {
  const enough = new Error('enough');

  it('are handled once, also if aborted before', () => {
    let heard = 0;
    const aborting = new AbortController();
    onAbort(aborting.signal, () => heard++);
    const leave = onAbort(aborting.signal, () => heard++);
    leave();
    aborting.abort();
    onAbort(aborting.signal, () => heard++);
    onAbort(undefined, () => heard++);
    assert.equal(heard, 2);
  });

  it('end a wait with their reason', async () => {
    assert.equal(await abortable(undefined, Promise.resolve(1)), 1);
    assert.equal(await abortable(new AbortController().signal, Promise.resolve(2)), 2);
    const aborting = new AbortController();
    const waiting = abortable(aborting.signal, new Promise(() => {}));
    aborting.abort(enough);
    await assert.rejects(waiting, enough);
    await assert.rejects(abortable(AbortSignal.abort(enough), Promise.reject(new Error('late'))), enough);
  });

  it('cancel a request to the agent, and wait until it has ended', async () => {
    const aborting = new AbortController();
    let ended = false;
    const asked = cancellable(aborting.signal, async (token) => {
      await new Promise<void>((resolve) => token.onCancellationRequested(() => setTimeout(resolve, 20)));
      ended = true;
      return 'the rounds so far';
    });
    aborting.abort(enough);
    await assert.rejects(asked, enough);
    assert.ok(ended);
    await assert.rejects(
      cancellable(AbortSignal.abort(enough), async () => assert.fail('not even asked')),
      enough,
    );
  });
});

describe("the library's queues", () => {
  it('keep items that arrive before and after the reader starts', async () => {
    const queue = new Queue<number>();
    queue.push(1, 2);
    const reading = read(queue);
    await new Promise(setImmediate);
    queue.push(3);
    queue.end();
    assert.deepEqual(await reading, [1, 2, 3]);
  });

  it('end with an error after the items before it', async () => {
    const queue = new Queue<number>();
    queue.push(1);
    queue.end(new Error('lost'));
    queue.end();
    const seen: number[] = [];
    await assert.rejects(
      async () => {
        for await (const item of queue.read()) seen.push(item);
      },
      { message: 'lost' },
    );
    assert.deepEqual(seen, [1]);
  });

  it('are found by number, also if the event comes before the request is answered', async () => {
    const queues = new Queues<string>();
    assert.equal(queues.existing(1), undefined);
    queues.of(1).push('early');
    queues.endAll(null);
    assert.deepEqual(await read(queues.of(1)), ['early']);
    queues.forget(1);
    assert.equal(queues.existing(1), undefined);
  });
});

describe("the library's outages", () => {
  it('are stopped if the signal is aborted while they start', async () => {
    const aborting = new AbortController();
    const asked: string[] = [];
    const link = {
      info: { mode: 'agent' },
      prepare: async () => {},
      request: async ({ method }: { readonly method: string }) => {
        asked.push(method);
        aborting.abort(new Error('enough'));
        return { outage: { id: 1 }, destroyed: [] };
      },
    };
    const starting = outage(link as unknown as AgentConnection, 'remote:6379', {
      for: '1s',
      signal: aborting.signal,
    });
    await assert.rejects(starting, { message: 'enough' });
    assert.deepEqual(asked, ['outages/start', 'outages/stop']);
  });

  it('cannot outlive a private agent', async () => {
    const link = { info: { mode: 'direct' } } as unknown as AgentConnection;
    await assert.rejects(outage(link, 'remote:6379', { for: '1s', detach: true }), { code: 'needsAgent' });
  });
});
