/** What an agent keeps of a scan that nobody waits for any more. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Scanner } from '../../../../agent/inventory/scanner';
import type { Source } from '../../../../agent/inventory/source';
import { listingOf, ownerRecord, rowSocket } from '../../../helpers/rows';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const pairs = 10_000;
const recentMs = 5000;
const keptMs = 60_000;

/** Both ends of connections on loopback. */
const source: Source = {
  list: (_selection, { before } = {}) =>
    listingOf(
      Array.from({ length: 2 * pairs }, (_, at) => {
        const [near, far] = at < pairs ? [10_000 + at, 3000] : [3000, at];
        const owners = [ownerRecord('test', near === 3000 ? 2 : 1, { fd: at })];
        const cookie = String(at + 1);
        return rowSocket(`127.0.0.1:${near}`, `127.0.0.1:${far}`, { cookie, inode: cookie, owners });
      }),
      before,
    ),
  seesEveryOwner: false,
  workingDirectories: async (pids) => pids.map(() => null),
  carriers: async (pids) => pids.map(() => false),
  hidden: null,
};

/** Bytes that are left after a collection: of objects, and of rows. */
async function used(): Promise<{ heap: number; rows: number }> {
  // Several times: what the addon holds is given up in a turn after a collection.
  for (let times = 0; times < 4; times++) {
    await new Promise(setImmediate);
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, rows: arrayBuffers };
}

/** Scans, with the object of each socket, which are all given up. */
async function scanAll(scanner: Scanner): Promise<void> {
  const inventory = await scanner.scan();
  await inventory.makeAll();
  assert.equal([...inventory.all()].length, 2 * pairs);
}

describe('the memory of a scan of 20,000 sockets', () => {
  it('is that of its rows once it is not recent any more, and nothing a minute later', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const scanner = new Scanner(source, null);
    await scanner.scanFor([]);
    const start = await used();
    await scanAll(scanner);
    const full = await used();
    t.mock.timers.tick(recentMs);
    const packed = await used();
    assert.equal(scanner.lastSeen('1')?.socket.cookie, '1');
    t.mock.timers.tick(keptMs);
    const end = await used();
    const objects = full.heap - start.heap;
    assert.ok(objects > 2 * pairs * 100, `${objects} bytes of objects`);
    assert.ok(packed.heap - start.heap < objects / 20, `${packed.heap - start.heap} of ${objects} are left`);
    const rows = packed.rows - start.rows;
    assert.ok(
      end.rows - start.rows < rows / 20,
      `${end.rows - start.rows} of ${rows} bytes of rows are left`,
    );
    assert.equal(scanner.lastSeen('1'), undefined);
  });

  it('has its objects as long as a view has them: the next scan has the same', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const scanner = new Scanner(source, null);
    const view = await scanner.scan();
    await view.makeAll();
    const before = view.withCookie('7');
    t.mock.timers.tick(recentMs);
    await used();
    const next = await scanner.scan();
    assert.ok(before);
    assert.equal(next.withCookie('7'), before);
  });
});
