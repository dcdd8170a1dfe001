/** What a request for some sockets asks the kernel for. */

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { uptime } from 'node:os';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ListSelection } from '../../../../agent/broker-link/list-records';
import type { Inventory } from '../../../../agent/inventory/inventory';
import { Scanner } from '../../../../agent/inventory/scanner';
import type { Source } from '../../../../agent/inventory/source';
import { listingOf, ownerRecord, type RowSocket, rowSocket } from '../../../helpers/rows';

const end = (local: number, remote: number | null, netns: number | null = 7) => ({
  netns,
  local: { port: local },
  remote: remote === null ? null : { port: remote },
});

type Asked = (ListSelection | undefined)[];

/** Lists these sockets, and notes the selections in `asked`; undefined: all sockets. */
function sourceOf(asked: Asked, sockets: () => readonly RowSocket[] = () => []): Source {
  return {
    list: (selection, { before } = {}) => {
      asked.push(selection);
      return listingOf(sockets(), before);
    },
    seesEveryOwner: false,
    workingDirectories: async (pids) => pids.map(() => null),
    carriers: async (pids) => pids.map(() => false),
    hidden: null,
  };
}

/** The selections that a scan for these ends makes. */
async function selectionsOf(ends: readonly ReturnType<typeof end>[]): Promise<Asked> {
  const asked: Asked = [];
  await new Scanner(sourceOf(asked), null).scanFor(ends);
  return asked;
}

/** An established connection on loopback, of these processes. */
function held(cookie: string, [near, far]: readonly [number, number], pids: readonly number[]): RowSocket {
  const owners = pids.map((pid) => ownerRecord('test', pid));
  const ends = [`127.0.0.1:${near}`, `127.0.0.1:${far}`] as const;
  return rowSocket(...ends, { cookie, netns: 7, inode: cookie, owners, sent: 1, received: 1 });
}

describe('a scan for some sockets', () => {
  it("selects the higher port of each connection, which is its client's, and their namespaces, once", async () => {
    const ends = [end(3000, 40_000), end(3000, 40_001), end(80, null, null)];
    const rare = { ports: [40_000, 40_001, 80], namespaces: [7] };
    // What is not found may have one of the ports only.
    assert.deepEqual(await selectionsOf(ends), [
      rare,
      { ports: [3000, 40_000, 40_001, 80], namespaces: [7] },
    ]);
  });

  it('selects a single port once, whatever it finds', async () => {
    assert.deepEqual(await selectionsOf([end(3000, null)]), [{ ports: [3000], namespaces: [7] }]);
  });

  it('asks for nothing where nothing is named', async () => {
    assert.deepEqual(await selectionsOf([]), []);
  });

  it('is one of all sockets where one has no port, or there are too many', async () => {
    assert.deepEqual(await selectionsOf([end(3000, 40_000), end(0, null)]), [undefined]);
    const many = Array.from({ length: 65 }, (_, at) => end(10_000 + at, null));
    assert.deepEqual(await selectionsOf(many), [undefined]);
    const far = Array.from({ length: 65 }, (_, at) => end(3000, 40_000 + at));
    assert.deepEqual(await selectionsOf(far), [undefined], 'once');
  });
});

describe('a scan of what a recent scan had', () => {
  const processes = { ports: [40_000], namespaces: [], processes: [10, 20] };
  const byPorts = { ports: [40_000], namespaces: [7] };
  const client = (pids = [10]) => held('1', [40_000, 3000], pids);
  const server = (pids = [20]) => held('2', [3000, 40_000], pids);

  /** What is asked for where the sockets are these at first, and those when they are scanned again. */
  async function askedAgain(
    before: readonly RowSocket[],
    now: readonly RowSocket[],
    from: 'selected' | 'whole' = 'selected',
  ): Promise<Asked> {
    const asked: Asked = [];
    let listed = before;
    const scanner = new Scanner(
      sourceOf(asked, () => listed),
      null,
    );
    const target = { cookie: '1', ...end(40_000, 3000), netns: 7 };
    if (from === 'whole') await scanner.scan();
    else await scanner.scanFor([target]);
    asked.length = 0;
    listed = now;
    const inventory = await scanner.scanAgain([target]);
    assert.deepEqual(
      inventory.get(target)?.socket.owners.map(({ pid }) => pid),
      now[0]?.owners.map(({ pid }) => pid),
    );
    return asked;
  }

  it('reads the processes alone that hold it and its peer', async () => {
    for (const from of ['selected', 'whole'] as const)
      assert.deepEqual(await askedAgain([client(), server()], [client(), server()], from), [processes]);
  });

  it('leaves the recent scan for those that it had besides', async () => {
    const asked: Asked = [];
    const others = [held('3', [40_001, 3000], [10]), held('4', [3000, 40_001], [20])];
    let listed = [client(), server(), ...others];
    const scanner = new Scanner(
      sourceOf(asked, () => listed),
      null,
    );
    const first = { cookie: '1', ...end(40_000, 3000), netns: 7 };
    const second = { cookie: '3', ...end(40_001, 3000), netns: 7 };
    await scanner.scanFor([end(3000, null)]);
    asked.length = 0;
    listed = [client(), server()];
    await scanner.scanAgain([first]);
    listed = others;
    await scanner.scanAgain([second]);
    assert.deepEqual(asked, [processes, { ...processes, ports: [40_001] }]);
  });

  it('is one by ports where it is not as it was: another owner, another peer', async () => {
    for (const now of [
      [client([10, 11]), server()],
      [client([11]), server()],
      [client(), server([21])],
      [client()],
    ])
      assert.deepEqual(await askedAgain([client(), server()], now), [processes, byPorts]);
  });

  it('is none where a destroy is planned by the recent one: of sockets with owners, none of which is young', async () => {
    const young = String(Math.round(uptime() * 100));
    const ofYoung = (socket: RowSocket): RowSocket => ({
      ...socket,
      owners: socket.owners.map((owner) => ({ ...owner, startTime: young })),
    });
    for (const [listed, expected] of [
      [[client(), server()], ['1']],
      [[client(), ofYoung(server())], []],
      [[ofYoung(client()), server()], []],
      [[client([]), server()], []],
      [[client(), server([])], []],
      [[server()], []],
    ] as const) {
      const asked: Asked = [];
      const scanner = new Scanner(
        sourceOf(asked, () => listed),
        null,
      );
      const target = { cookie: '1', ...end(40_000, 3000), netns: 7 };
      await scanner.scanFor([target]);
      asked.length = 0;
      const seen = scanner.recall([target])?.get(target);
      assert.deepEqual(seen ? [seen.socket.cookie] : [], expected);
      assert.deepEqual(asked, []);
    }
  });

  it('is one by ports where a holder is not known', async () => {
    const both = { ports: [40_000, 3000], namespaces: [7] };
    const withoutClient = [client([]), server()];
    assert.deepEqual(await askedAgain(withoutClient, withoutClient), [byPorts]);
    // It may wait to be accepted by who listens on port 3000.
    const withoutServer = [client(), server([])];
    assert.deepEqual(await askedAgain(withoutServer, withoutServer), [byPorts, both]);
    const asked: Asked = [];
    await new Scanner(sourceOf(asked), null).scanAgain([{ cookie: '1', ...end(40_000, 3000), netns: 7 }]);
    assert.deepEqual(asked, [byPorts, both], 'it was never scanned');
  });
});

describe('a scan of all sockets that waits for a walker', () => {
  it('takes the place of no newer one, which ends before it', async () => {
    const before = held('1', [40_000, 3000], [10]);
    const after = held('2', [40_001, 3000], [10]);
    const waiting = new EventEmitter();
    const lists: Source['list'][] = [
      async (_selection, { pass } = {}) => {
        pass?.();
        await once(waiting, 'answered');
        return listingOf([before]);
      },
      async () => listingOf([after]),
    ];
    const list: Source['list'] = (...given) => (lists.shift() as Source['list'])(...given);
    const scanner = new Scanner({ ...sourceOf([]), list }, null);
    const cookiesOf = (inventory: Inventory) => [...inventory.all()].map(({ socket }) => socket.cookie);
    const first = scanner.scan();
    await setImmediate();
    assert.deepEqual(cookiesOf(await scanner.scan()), ['2']);
    waiting.emit('answered');
    assert.deepEqual(cookiesOf(await first), ['1']);
    assert.equal(scanner.lastSeen('1'), undefined);
    assert.equal(scanner.lastSeen('2')?.socket.cookie, '2');
  });
});
