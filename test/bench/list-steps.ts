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
import { encodeJson, rawItems } from '../../agent/server/raw-json';
import { jsonPages } from '../../agent/server/socket-page';
import { makeRows, place } from './listing-rows';

/** The keys of a socket alone are more. */
const minRowBytes = 300;

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

/** All pages, as a script gets them. */
function print(inventory: Inventory): Buffer[] {
  const { total, page } = jsonPages(inventory.rows.list(null, true), inventory.programs, (named) => named);
  const answers: Buffer[] = [];
  for (let start = 0; start < total; ) {
    const { page: rows, end } = page(start);
    answers.push(encodeJson({ jsonrpc: '2.0', id: 1, result: { jsonRows: rawItems(rows) } }));
    start = end;
  }
  return answers;
}

function assertPrinted(answers: readonly Buffer[], count: number): void {
  const bytes = answers.reduce((sum, { length }) => sum + length, 0);
  if (bytes < count * minRowBytes) throw new Error(`${bytes} bytes of ${count} rows`);
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
  if (step === 'json') return assertPrinted(print(inventory), count);
  const pages = encode(inventory);
  if (step === 'encode') return;
  const sockets = pages.flatMap(decode);
  if (sockets.length !== count || sockets.some(({ peer }) => peer === null))
    throw new Error(`${sockets.length} sockets of ${count}, or an end that has not found the other`);
}

void main(argv[2], Number(argv[3]));
