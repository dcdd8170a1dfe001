import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { CancellationToken, CancellationTokenSource } from 'vscode-jsonrpc';
import type { Broker } from '../../../../agent/broker-link/broker';
import type { Scanner } from '../../../../agent/inventory/scanner';
import { History, type HistoryQuestion } from '../../../../agent/live/history';
import { parseHistoryFilter } from '../../../../agent/protocol';
import { connectionRecord, type MadeConnection } from '../../../helpers/connection-records';

/** Counts what is asked of it. */
class FakeBroker extends EventEmitter {
  readonly pid = 1;
  readonly asked: string[] = [];
  keepHistory = () => this.#done('keep');
  flushHistory = () => this.#done('flush');
  dropHistory = () => this.#done('drop');

  async #done(what: string): Promise<void> {
    this.asked.push(what);
    await new Promise(setImmediate);
  }
}

const noScanner = { lastSeen: () => undefined, scanFor: async () => {} } as unknown as Scanner;

async function keptHistory() {
  const broker = new FakeBroker();
  const history = new History(broker as unknown as Broker, noScanner);
  const release = await history.keep({ changed: () => {} });
  const add = (...made: MadeConnection[]) =>
    broker.emit('history', { lost: 0, records: Buffer.concat(made.map(connectionRecord)) });
  const list = (text = '', rest: Omit<HistoryQuestion, 'filter'> = {}) => {
    const parsed = parseHistoryFilter(text);
    assert.ok(parsed.ok);
    return history.list({ filter: parsed.filter, ...rest }, CancellationToken.None);
  };
  return { broker, history, release, add, list };
}

/** Connections to one listener from one source port and many addresses, as a stranger can make them. */
function fromOnePort(count: number, first = 1): MadeConnection[] {
  return Array.from({ length: count }, (_, index) => ({
    cookie: first + index,
    direction: 'in' as const,
    local: [1, 80] as const,
    remote: [2 + index, 40_000] as const,
  }));
}

describe('the history', () => {
  it('has the other end of a connection among any number with the same ports', async () => {
    const { add, list } = await keptHistory();
    add(...fromOnePort(9000));
    add({ cookie: 20_000, pid: 5, local: [99_000, 40_000], remote: [1, 80] });
    add({ cookie: 20_001, pid: 6, direction: 'in', local: [1, 80], remote: [99_000, 40_000] });
    add({ cookie: 20_002, pid: 7, direction: 'in', local: [1, 80], remote: [99_000, 40_000], netns: 2 });
    const { connections } = await list('cookie:20000');
    assert.deepEqual(
      connections.map(({ peer }) => peer?.pid),
      [6],
    );
  });

  it('has the nearest in time where the same two ends were connected again and again', async () => {
    const { add, list } = await keptHistory();
    for (let round = 0; round < 40; round++) {
      const opened = 1000 + 20 * round;
      const [local, remote] = [[3, 40_000] as const, [1, 80] as const];
      add({ cookie: 100 + round, pid: 100 + round, local, remote, opened });
      add({
        cookie: 500 + round,
        pid: 500 + round,
        direction: 'in',
        local: remote,
        remote: local,
        opened: opened + 1,
      });
    }
    const { connections } = await list('remote:80');
    assert.deepEqual(
      connections.map(({ peer }) => peer?.pid),
      Array.from({ length: 40 }, (_, round) => 500 + round),
    );
  });

  it('keeps what was connected, however much comes in', async () => {
    const { add, list } = await keptHistory();
    add({ cookie: 1, pid: 5 });
    add(...fromOnePort(20_500, 2));
    const { connections, dropped } = await list('cookie:1');
    assert.deepEqual([connections.length, dropped], [1, 10_500]);
  });

  it('has a place for a connection, not for each of its events', async () => {
    const { add, list } = await keptHistory();
    for (let cookie = 1; cookie <= 10_000; cookie++)
      add({ cookie, kind: 'opened', at: 1000 }, { cookie, kind: 'ended' });
    const { dropped, connections } = await list('cookie:1');
    assert.deepEqual([dropped, connections[0]?.event], [0, 'ended']);
  });

  it('a later connection of a socket replaces none of its earlier ones', async () => {
    const { add, list } = await keptHistory();
    add(
      { cookie: 1, kind: 'opened', opened: 1000 },
      { cookie: 1, kind: 'opened', began: 3000, opened: 3000 },
    );
    assert.equal((await list()).connections.length, 2);
  });

  it('says which entries a reader has missed, and where a page ends', async () => {
    const { add, list } = await keptHistory();
    add(...fromOnePort(10));
    const { next, end } = await list();
    assert.deepEqual([next, end], [10, 10]);
    add(...fromOnePort(10_000, 11));
    assert.equal((await list('', { after: next })).missed, false);
    add(...fromOnePort(1, 10_011));
    assert.equal((await list('', { after: next })).missed, true);
    assert.equal((await list()).missed, false, 'nothing was asked for before');
  });

  it('free text does not match a state that is not shown', async () => {
    const { add, list } = await keptHistory();
    add({ cookie: 1 });
    assert.deepEqual((await list('sh')).connections, []);
    assert.equal((await list('ended')).connections.length, 1);
  });

  it('of a connect that was not sent, it is not known how long it took', async () => {
    const { add, list } = await keptHistory();
    add({ cookie: 1, kind: 'failed', unsent: true, began: 1000, at: 1000, opened: 0 });
    const [one] = (await list()).connections;
    assert.deepEqual([one?.reason, one?.connectMs], ['not-sent', null]);
  });

  it('ends a list that was cancelled', async () => {
    const { add, history } = await keptHistory();
    add(...fromOnePort(1000));
    const source = new CancellationTokenSource();
    source.cancel();
    assert.deepEqual((await history.list({ filter: [] }, source.token)).connections, []);
  });

  it('a list that overtakes the end of keeping attaches nothing', async () => {
    const { broker, list, release } = await keptHistory();
    const listed = list();
    release();
    assert.equal((await listed).keptSince, null);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(broker.asked, ['keep', 'flush', 'drop']);
  });
});
