import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Broker } from '../../../../agent/broker-link/broker';
import type { PacketRecord, Taken } from '../../../../agent/broker-link/capture-records';
import { Captures } from '../../../../agent/capture/captures';
import type { Context } from '../../../../agent/context';
import { type CaptureStarted, ErrorCode, parseActingFilter } from '../../../../agent/protocol';
import type { OutageSession } from '../../../../agent/reconnect/outage-aim';

/** Notes what is asked of it, in its order. */
class FakeBroker extends EventEmitter {
  readonly asked: string[] = [];
  failsToEnd = false;
  setCapture = ({ client: { pid } }: { readonly client: { readonly pid: number } }) =>
    this.#answer(`set ${pid}`);
  taken: Taken['records'] = [];
  takePackets = async (): Promise<Taken> => ({ lost: 0, records: this.taken });

  async endCapture(): Promise<void> {
    await this.#answer('end');
    if (this.failsToEnd) throw new Error('it fails');
  }

  async #answer(what: string): Promise<void> {
    this.asked.push(what);
    await setImmediate();
  }
}

const packetAt = (at: bigint): PacketRecord => ({
  kind: 'out',
  at,
  cookie: '1',
  length: 1,
  bytes: Buffer.of(1),
});

/** Clients of one agent, in which nothing is connected. A scan takes until it is let through. */
function captures() {
  const broker = new FakeBroker();
  const scans: (() => void)[] = [];
  const inventory = { all: () => [], namespaces: [] };
  const scan = () => new Promise((resolve) => scans.push(() => resolve(inventory)));
  const context = {
    options: { scope: 'all', uid: 0, mode: 'agent' },
    scanner: { scan, own: 1 },
    requireBroker: () => broker,
  };
  const all = new Captures(context as unknown as Context, broker as unknown as Broker);
  const parsed = parseActingFilter('remote:5432');
  assert.ok(parsed.ok);
  const { filter } = parsed;
  const client = (pid: number) => {
    const session = { over: false, named: (seen: never) => seen, namespaces: () => [] };
    const caller = { method: 'captures/start', client: { uid: 0, pid } } as const;
    const start = (): Promise<CaptureStarted> =>
      all.start(
        caller,
        session as OutageSession,
        { filter: 'remote:5432', forMs: 20_000, snap: 100 },
        filter,
      );
    const stop = () => all.stop(caller, session as OutageSession);
    const read = () => all.read(session as OutageSession);
    const disconnect = () => {
      session.over = true;
      all.endOf(session);
    };
    return { start, stop, read, disconnect };
  };
  const letThrough = (at: number) => scans[at]?.();
  return { broker, client, letThrough };
}

describe('a capture', () => {
  it('sets no rules for a client that has disconnected meanwhile', async () => {
    const { broker, client, letThrough } = captures();
    const one = client(1);
    const started = one.start();
    one.disconnect();
    letThrough(0);
    await assert.rejects(started, { code: ErrorCode.notFound, message: 'The client has disconnected' });
    assert.deepEqual(broker.asked, []);
  });

  it('sets none where it was stopped before it began', async () => {
    const { broker, client, letThrough } = captures();
    const one = client(1);
    const started = one.start();
    await one.stop();
    letThrough(0);
    await assert.rejects(started, { code: ErrorCode.notFound, message: /stopped before it began/ });
    assert.deepEqual(broker.asked, []);
  });

  it('ends its rules where its client disconnects while they are set', async () => {
    const { broker, client, letThrough } = captures();
    const one = client(1);
    const started = one.start();
    letThrough(0);
    while (broker.asked.length === 0) await setImmediate();
    one.disconnect();
    await assert.rejects(started, { code: ErrorCode.notFound });
    assert.deepEqual(broker.asked, ['set 1', 'end']);
  });

  it('is not replaced by that of a client that has disconnected', async () => {
    const { broker, client, letThrough } = captures();
    const [one, two] = [client(1), client(2)];
    const first = one.start();
    one.disconnect();
    const second = two.start();
    letThrough(1);
    await second;
    letThrough(0);
    await assert.rejects(first, { code: ErrorCode.notFound });
    assert.deepEqual(broker.asked, ['set 2']);
    await two.stop();
  });

  it('is left to its client as long as that reads the rest', async (test) => {
    const { broker, client, letThrough } = captures();
    const [one, two] = [client(1), client(2)];
    const first = one.start();
    letThrough(0);
    await first;
    await one.stop();
    broker.taken = [packetAt(0n)];
    let now = process.hrtime.bigint();
    test.mock.method(process.hrtime, 'bigint', () => now);
    for (let round = 0; round < 2; round++) {
      now += 9_000_000_000n;
      await one.read();
    }
    await assert.rejects(two.start(), { code: ErrorCode.busy });
    now += 11_000_000_000n;
    const second = two.start();
    letThrough(1);
    await second;
    await two.stop();
  });

  it('has the time of day also after the clock was set', async (test) => {
    const { broker, client, letThrough } = captures();
    const one = client(1);
    const started = one.start();
    letThrough(0);
    await started;
    const later = Date.now() + 3_600_000;
    test.mock.method(Date, 'now', () => later);
    broker.taken = [packetAt(process.hrtime.bigint())];
    const [packet] = (await one.read()).packets;
    assert.ok(Math.abs(Number(BigInt(packet?.at ?? 0) / 1_000_000n) - later) < 60_000);
    await one.stop();
  });

  it('begins with the end of one that could not be ended', async (test) => {
    const logged = test.mock.method(console, 'error', () => {});
    const { broker, client, letThrough } = captures();
    const [one, two] = [client(1), client(2)];
    const first = one.start();
    letThrough(0);
    await first;
    broker.failsToEnd = true;
    await assert.rejects(one.stop(), { message: 'it fails' });
    one.disconnect();
    while (logged.mock.callCount() === 0) await setImmediate();
    broker.failsToEnd = false;
    const second = two.start();
    letThrough(1);
    await second;
    assert.deepEqual(broker.asked, ['set 1', 'end', 'end', 'end', 'set 2']);
    await two.stop();
  });
});
