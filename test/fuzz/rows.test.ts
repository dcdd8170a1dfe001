/** Sockets are the same on both sides of the wire: what the addon writes is what the objects of the agent itself say. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OwnerRecord } from '../../agent/broker-link/records';
import {
  type Endpoint,
  packSockets,
  protocols,
  type Socket,
  states,
  unpackSockets,
} from '../../agent/protocol';
import { inventoryOf, listed } from '../helpers/inventories';
import type { RowSocket } from '../helpers/rows';
import { addresses } from './addresses';
import { fuzzAsync } from './fuzz';

const u32 = fc.integer({ min: 0, max: 4_294_967_295 });
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const plain = { noNullPrototype: true };
/** Few, so that sockets have ends, inodes and owners in common. */
const few = fc.constantFrom(0, 1, 2);
const name = fc.constantFrom('node', 'sshd', 'contained');

const ownerRecord: fc.Arbitrary<OwnerRecord> = fc.record(
  {
    pid: fc.integer({ min: 1, max: 4 }),
    startTime: fc.constantFrom('1', '2', '18446744073709551615'),
    fd: fc.integer({ min: 0, max: 5 }),
    name,
    uid: u32,
  },
  plain,
);

function endpointOf(family: Socket['family'], ports: fc.Arbitrary<number>): fc.Arbitrary<Endpoint> {
  const isOfFamily = (address: string) => address.includes(':') === (family === 'ipv6');
  const usual = fc.constantFrom(...(family === 'ipv6' ? ['::', '::1'] : ['0.0.0.0', '127.0.0.1']));
  const address = fc.oneof({ weight: 4, arbitrary: usual }, addresses.filter(isOfFamily));
  return fc.record({ address, port: ports }, plain);
}

const somePorts = fc.oneof(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 65_535 }));

const rowSocket: fc.Arbitrary<RowSocket> = fc.constantFrom('ipv4' as const, 'ipv6' as const).chain((family) =>
  fc.record<RowSocket>(
    {
      cookie: fc.oneof(u64, fc.constantFrom('76', '77')),
      netns: fc.integer({ min: 1, max: 2 }),
      protocol: fc.constantFrom(...protocols),
      family: fc.constant(family),
      state: fc.constantFrom(...states),
      local: endpointOf(family, fc.oneof(fc.constant(0), somePorts)),
      remote: fc.option(endpointOf(family, somePorts)),
      uid: u32,
      inode: fc.oneof(few.map(String), u64),
      owners: fc.array(ownerRecord, { maxLength: 4 }),
      ownersLeftOut: fc.integer({ min: 0, max: 65_535 }),
      queuedFor: fc.constant([]),
      peer: fc.constant(null),
      container: fc.constant(null),
      lifeline: fc.constant(false),
      kernel: fc.constant(false),
      unsupportedReason: fc.constant(null),
      sent: few,
      received: few,
      mptcp: fc.boolean(),
    },
    plain,
  ),
);
const rowSockets = fc.uniqueArray(rowSocket, { maxLength: 12, selector: ({ cookie }) => cookie });

fuzzAsync('a list has the sockets of a scan', rowSockets, async (sockets) => {
  const inventory = await inventoryOf(sockets);
  const all = [...inventory.all()].map((seen) => seen.socket);
  for (const [number, socket] of all.entries())
    assert.equal(JSON.stringify(listed(inventory, [number])), JSON.stringify([socket]));
  const open = [...inventory.all()].flatMap(({ closed, whole, socket }) =>
    closed || whole !== null ? [] : [socket.cookie],
  );
  const cookies = listed(inventory).map(({ cookie }) => cookie);
  assert.deepEqual(
    open.filter((cookie) => !cookies.includes(cookie)),
    [],
  );
});

fuzzAsync('sockets come back as they were', rowSockets, async (sockets) => {
  const all = [...(await inventoryOf(sockets)).all()].map((seen) => seen.socket);
  assert.equal(JSON.stringify(unpackSockets(packSockets(all))), JSON.stringify(all));
});
