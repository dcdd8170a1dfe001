/** Filters that the rows of a scan decide, for most of them before there is an object. */

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { matcher } from '../../../../agent/inventory/filter-match';
import type { Inventory } from '../../../../agent/inventory/inventory';
import { type Filter, parseFilter } from '../../../../agent/protocol';
import { inventoryOf } from '../../../helpers/inventories';
import { kinds } from '../../../helpers/socket-kinds';

function filterOf(text: string): Filter {
  const parsed = parseFilter(text);
  assert.ok(parsed.ok, text);
  return parsed.filter;
}

/** The rows decide these alone. */
const ofRows = [
  'state:listen',
  'state:bound,close,time-wait',
  '-state:established',
  'proto:udp,udplite,raw,mptcp',
  '-proto:tcp',
  'net:2,3 -port:1',
  ':3000',
  'pid:10,13',
  '-pid:10',
  'process:worker,sshd',
  '-process:node state:established',
  'user:0,1000,4294967295',
  '-user:4294967295',
  'remote:10.0.0.6',
  '-remote:6',
  'addr:5353,10.1.0.1',
  'cookie:77,18446744073709551615',
  'node',
  '3000 worker',
  '-serve',
];
const ofObjects = ['container:cc', '-container:cc state:established'];

describe('a filter', () => {
  let inventory: Inventory;
  before(async () => {
    inventory = await inventoryOf(kinds);
  });

  async function numbers(text: string): Promise<{ found: readonly number[]; made: number }> {
    const matches = matcher(filterOf(text));
    let made = 0;
    const found = await inventory.numbersOf(filterOf(text), ({ socket }) => {
      made++;
      return matches(socket);
    });
    return { found, made };
  }

  /** By an object of each. */
  function numbersByObjects(text: string): number[] {
    const matches = matcher(filterOf(text));
    return [...inventory.all()].flatMap(({ socket }, number) => (matches(socket) ? number : []));
  }

  for (const text of [...ofRows, ...ofObjects])
    it(`finds by ${text} what it finds among all objects`, async () => {
      const { found } = await numbers(text);
      assert.deepEqual(found, numbersByObjects(text));
    });

  for (const text of ofRows)
    it(`asks for no objects that ${text} leaves out`, async () => {
      const { found, made } = await numbers(text);
      assert.ok(found.length > 0 && found.length < kinds.length, `${found.length} of ${kinds.length}`);
      assert.equal(made, found.length);
    });
});
