/**
 * The program whose instructions are counted: `STEP COUNT` takes that many rows from the broker's bytes up to that step of a list,
 * and ends. The difference between two runs is what lies between their steps.
 */

import { argv } from 'node:process';
import { JoinedRows } from '../../agent/broker-link/joined-rows';
import type { Inventory } from '../../agent/inventory/inventory';
import { Scanner } from '../../agent/inventory/scanner';
import { type PackedList, unpackSockets } from '../../agent/protocol';
import { ContainerNames } from '../../agent/server/container-names';
import { Listings } from '../../agent/server/listings';
import { encodeJson } from '../../agent/server/raw-json';
import { makeRows, place } from './listing-rows';

function join(bytes: Buffer): Promise<Inventory> {
  const namespaces = [{ netns: place.netns, errno: null }];
  const listing = { namespaces, ends: [], lostEvents: 0, leftOut: { sockets: 0, owners: 0 } };
  const source = {
    list: async () => ({ ...listing, rows: await JoinedRows.of(bytes) }),
    seesEveryOwner: true,
    carriers: async (pids: readonly number[]) => pids.map(() => false),
    workingDirectories: async (pids: readonly number[]) => pids.map(() => null),
    hidden: null,
  };
  return new Scanner(source, null).scan();
}

/** All pages, as a client gets them. */
function encode(inventory: Inventory): Buffer[] {
  const listings = new Listings(new ContainerNames());
  const pages: Buffer[] = [];
  let page = listings.list(inventory, null);
  for (;;) {
    pages.push(encodeJson({ jsonrpc: '2.0', id: 1, result: page }));
    if (page.cursor === null) return pages;
    page = listings.next(page.cursor);
  }
}

function decode(page: Buffer) {
  const { result } = JSON.parse(page.toString()) as { readonly result: PackedList };
  return unpackSockets(result.sockets);
}

async function main(step: string | undefined, count: number): Promise<void> {
  // Slices are cut by time, of which the same instructions take more on a busy machine.
  performance.now = () => 0;
  const bytes = makeRows(count);
  if (step === 'make') return;
  const inventory = await join(bytes);
  if (step === 'join') return;
  const pages = encode(inventory);
  if (step === 'encode') return;
  const sockets = pages.flatMap(decode);
  if (sockets.length !== count || sockets.some(({ peer }) => peer === null))
    throw new Error(`${sockets.length} sockets of ${count}, or an end that has not found the other`);
}

void main(argv[2], Number(argv[3]));
