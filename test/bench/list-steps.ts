/**
 * The program whose instructions are counted: `STEP COUNT` takes that many rows from the broker's bytes up to that step of a list,
 * and ends. The difference between two runs is what lies between their steps.
 */

import { argv } from 'node:process';
import type { JoinedSocket } from '../../agent/broker-link/records';
import { SocketDecoder } from '../../agent/broker-link/socket-decoder';
import type { Inventory } from '../../agent/inventory/inventory';
import { Scanner } from '../../agent/inventory/scanner';
import { Listings } from '../../agent/server/listings';
import { encodeJson } from '../../agent/server/raw-json';
import { makeRows, place } from './listing-rows';

function join(sockets: readonly JoinedSocket[]): Promise<Inventory> {
  const namespaces = [{ netns: place.netns, errno: null }];
  const listing = { sockets, namespaces, ends: [], lostEvents: 0, leftOut: { sockets: 0, owners: 0 } };
  const source = {
    list: async () => listing,
    seesEveryOwner: true,
    carriers: async (pids: readonly number[]) => pids.map(() => false),
    workingDirectories: async (pids: readonly number[]) => pids.map(() => null),
    hidden: null,
  };
  return new Scanner(source, null).scan();
}

/** All pages, as a client gets them; returns their bytes. */
function encode(inventory: Inventory): Buffer[] {
  const sockets = [...inventory.all()];
  if (sockets.some(({ socket }) => socket.peer === null)) throw new Error('An end has not found the other');
  const listings = new Listings({
    named: (seen) => seen,
    namedContainer: (container) => container,
    namespaces: (namespaces) => namespaces,
  });
  const pages: Buffer[] = [];
  let page = listings.cache(sockets, inventory.namespaces, inventory.leftOut);
  for (;;) {
    pages.push(encodeJson({ jsonrpc: '2.0', id: 1, result: page }));
    if (page.cursor === null) return pages;
    page = listings.page(page.cursor);
  }
}

async function main(step: string | undefined, count: number): Promise<void> {
  // Slices are cut by time, of which the same instructions take more on a busy machine.
  performance.now = () => 0;
  const bytes = makeRows(count);
  if (step === 'make') return;
  const sockets = new SocketDecoder().decode(bytes);
  if (sockets.length !== count) throw new Error(`${sockets.length} sockets of ${count}`);
  if (step === 'decode') return;
  const inventory = await join(sockets);
  if (step === 'join') return;
  encode(inventory);
}

void main(argv[2], Number(argv[3]));
