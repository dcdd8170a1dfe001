/** At the largest load: our list is ss's, and a destroy takes away its target and nothing else. */

import assert from 'node:assert/strict';
import { run } from '../../../test/helpers/programs';

const sides = ({ address, port }) => `${address}:${port || '*'}`;

/** Cookie and tuple of each of our sockets in the namespace. */
async function listedByUs({ library, stage }) {
  const sockets = await library.list(`net:${stage.netns.inode} proto:tcp,udp`);
  const anyone = { address: '0.0.0.0', port: 0 };
  return new Set(
    sockets.map(({ cookie, local, remote }) => `${cookie} ${sides(local)} ${sides(remote ?? anyone)}`),
  );
}

/** The same of ss's. */
async function listedBySs({ stage }) {
  const { stdout } = await run(['ss', '-tunaHOe'], { netns: stage.netns });
  const lines = stdout.split('\n').filter(Boolean);
  return new Set(
    lines.map((line) => {
      const [, , , , local, remote] = line.split(/\s+/);
      return `${BigInt(`0x${/ sk:([0-9a-f]+)/.exec(line)[1]}`)} ${local} ${remote}`;
    }),
  );
}

const without = (one, other) => [...one].filter((key) => !other.has(key));

/** Resolves with the number of sockets that both list. */
async function compareLists(session) {
  const [ours, theirs] = [await listedByUs(session), await listedBySs(session)];
  assert.deepEqual([without(ours, theirs), without(theirs, ours)], [[], []], 'our list and ss are the same');
  return ours.size;
}

/** The victim of the destroy is one connection: both its ends are gone, and nothing else. */
async function compareDestroy(session, victims) {
  const port = await victims.open(1);
  const before = await listedBySs(session);
  const [{ outcome, socket }, ...others] = await session.library.destroy(
    `:${port} remote:127.0.0.1:${victims.port}`,
  );
  assert.deepEqual([outcome, others], ['destroyed', []]);
  const gone = without(before, await listedBySs(session));
  await victims.close(1);
  const ends = [`127.0.0.1:${port} 127.0.0.1:${victims.port}`, `127.0.0.1:${victims.port} 127.0.0.1:${port}`];
  const tuples = gone.map((key) => key.slice(key.indexOf(' ') + 1)).sort();
  assert.deepEqual(tuples, ends.sort(), `destroying ${socket?.cookie ?? 'one'} takes away its two ends`);
}

/** Rejects if anything differs; resolves with the number of compared sockets. */
export async function checkCorrectness(session, victims) {
  const count = await compareLists(session);
  await compareDestroy(session, victims);
  return count;
}
