/** What the broker reads long after it was sent: nothing that the scope covers is done, and nothing that undoes is refused for it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants as os } from 'node:os';
import { after, before, it } from 'node:test';
import { monotonic } from '../../agent/broker-link/clock';
import { constants, forkBroker, layout } from '../../agent/broker-link/native';
import { withoutRoot } from '../helpers/stage';

const skip = { skip: withoutRoot };
/** The broker refuses after 5 s. */
const lateMs = 6000;

let control: Socket;
before(() => {
  if (withoutRoot) return;
  const broker = forkBroker(0, false);
  closeSync(broker.memory);
  control = new Socket({ fd: broker.control, readable: true, writable: true });
});
after(() => control?.destroy());

/** The errno with which a request without its payload, sent so long ago, is answered. */
async function errnoOf(name: keyof typeof constants.message, ageMs: number): Promise<number> {
  const { size, offsets } = layout.message_header;
  const header = Buffer.alloc(size);
  header.writeUInt32LE(constants.message[name], offsets.type);
  header.writeUInt32LE(1, offsets.id);
  header.writeBigUInt64LE(BigInt(Math.round((monotonic() - ageMs) * 1e6)), offsets.sent_ns);
  control.write(header);
  let answer = Buffer.alloc(0);
  while (answer.length < size || answer.length < size + answer.readUInt32LE(offsets.length))
    answer = Buffer.concat([answer, ...((await once(control, 'data')) as [Buffer])]);
  return answer.readInt32LE(offsets.error);
}

for (const [name, rule] of Object.entries(constants.requestRules) as [
  keyof typeof constants.message,
  string,
][])
  if (rule === 'scope' || rule === 'undo')
    it(`${name}: ${rule}`, skip, async () => {
      const late = await errnoOf(name, lateMs);
      assert.equal(late === os.errno.ETIMEDOUT, rule === 'scope', `errno ${late}`);
      assert.notEqual(await errnoOf(name, 0), os.errno.ETIMEDOUT);
    });
