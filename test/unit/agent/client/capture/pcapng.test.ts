/** Blocks of a capture's file: their framing, whatever is in them. What tshark reads of them: test/agent/capture.test.ts. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  fileHead,
  packetBlock,
  statisticsBlock,
  statisticsSize,
} from '../../../../../agent/client/capture/pcapng';

/** Type and length of each; fails where one does not end as it begins, or is not of whole words. */
function blocksIn(bytes: Buffer): (readonly [type: number, length: number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    assert.equal(length % 4, 0);
    assert.equal(bytes.readUInt32LE(at + length - 4), length);
    found.push([bytes.readUInt32LE(at), length]);
    at += length;
  }
  return found;
}

const packet = { at: 0x1_0000_0002n, direction: 'in', length: 9, comment: '' } as const;

describe('blocks of a capture', () => {
  it('are whole, with texts and packets of every length', () => {
    for (let length = 0; length < 9; length++) {
      const text = 'é'.repeat(length);
      const head = fileHead({ comment: text, application: text, os: text, snap: 100 });
      assert.deepEqual(
        blocksIn(head).map(([type]) => type),
        [0x0a0d0d0a, 1],
      );
      const block = packetBlock({ ...packet, bytes: new Uint8Array(length), comment: text });
      assert.deepEqual(blocksIn(block), [[6, block.length]]);
    }
    assert.deepEqual(blocksIn(statisticsBlock(0n, 1, 2)), [[5, statisticsSize]]);
  });

  it('keep a comment that is longer than an option can be, cut', () => {
    const block = packetBlock({ ...packet, bytes: new Uint8Array(1), comment: 'x'.repeat(70_000) });
    assert.deepEqual(blocksIn(block), [[6, block.length]]);
    assert.ok(block.length > 65_535 && block.length < 65_700);
  });

  it('have the upper half of a time first', () => {
    const block = packetBlock({ ...packet, bytes: new Uint8Array(1) });
    assert.deepEqual([block.readUInt32LE(12), block.readUInt32LE(16)], [1, 2]);
  });
});
