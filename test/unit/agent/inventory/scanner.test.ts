/** What a request for some sockets asks the kernel for. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ListSelection } from '../../../../agent/broker-link/list-records';
import { Scanner } from '../../../../agent/inventory/scanner';
import { nothingLeftOut } from '../../../../agent/protocol';

const end = (local: number, remote: number | null, netns: number | null = 7) => ({
  netns,
  local: { port: local },
  remote: remote === null ? null : { port: remote },
});

/** The selections that a scan for these ends makes; undefined: all sockets. */
async function selectionsOf(
  ends: readonly ReturnType<typeof end>[],
  areKnown = false,
): Promise<(ListSelection | undefined)[]> {
  const asked: (ListSelection | undefined)[] = [];
  const source = {
    list: async (selection?: ListSelection) => {
      asked.push(selection);
      return { sockets: [], namespaces: [], ends: [], lostEvents: 0, leftOut: nothingLeftOut };
    },
    seesEveryOwner: false,
    workingDirectories: async () => [],
    carriers: async () => [],
    hidden: null,
  };
  await new Scanner(source, null).scanFor(ends, areKnown);
  return asked;
}

describe('a scan for some sockets', () => {
  it("selects the higher port of each connection, which is its client's, and their namespaces, once", async () => {
    const ends = [end(3000, 40_000), end(3000, 40_001), end(80, null, null)];
    const rare = { ports: [40_000, 40_001, 80], namespaces: [7] };
    assert.deepEqual(await selectionsOf(ends, true), [rare]);
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
