/** How many sockets processes hold, also those that are closed, and still in a table of descriptors: a leak. */

import { processText } from '../../common/process-text';
import {
  ErrorCode,
  hasCode,
  idKey,
  inspectProcess,
  type Owner,
  processIdOf,
  processKey,
  type Socket,
} from '../../protocol';
import { askOfEach } from '../ask-of-each';
import { listAll } from '../list-all';
import type { Requester } from '../requester';

interface Holder {
  readonly owner: Pick<Owner, 'pid' | 'startTime' | 'name'>;
  readonly count: number;
}

/** By processKey. */
export type Holders = ReadonlyMap<string, Holder>;

/** In one filter, which has a limit. */
const maxPids = 80;

/** The owners of these sockets, with all that they hold now. */
export async function holdersOf(requester: Requester, sockets: readonly Socket[]): Promise<Holders> {
  const owners = new Map(sockets.flatMap(({ owners }) => owners.map((owner) => [processKey(owner), owner])));
  const held = await heldBy(
    requester,
    [...owners.values()].map(({ pid }) => pid),
  );
  return new Map([...owners].map(([key, owner]) => [key, { owner, count: held.get(key)?.size ?? 0 }]));
}

/** By processKey: the keys of its sockets. */
async function heldBy(
  requester: Requester,
  pids: readonly number[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const held = new Map<string, Set<string>>();
  for (let start = 0; start < pids.length; start += maxPids) {
    const filter = `pid:${pids.slice(start, start + maxPids).join()}`;
    for (const each of [filter, `${filter} state:close`])
      for (const socket of (await listAll(requester, each)).sockets)
        for (const owner of socket.owners) {
          const key = processKey(owner);
          held.set(key, (held.get(key) ?? new Set()).add(idKey(socket)));
        }
  }
  return held;
}

/** A sentence, without a full stop, for each that holds more now than before. */
export async function leaksSince(requester: Requester, before: Holders): Promise<readonly string[]> {
  const now = await heldBy(
    requester,
    [...before.values()].map(({ owner }) => owner.pid),
  );
  return [...before].flatMap(([key, { owner, count }]) => {
    const held = now.get(key)?.size ?? 0;
    return held > count ? [`${processText(owner)} holds ${held} sockets, ${count} before`] : [];
  });
}

/** A sentence likewise for each process that is there no more. */
export async function endedSince(requester: Requester, before: Holders): Promise<readonly string[]> {
  const ended = await askOfEach([...before.values()], async ({ owner }) => {
    try {
      await requester.request(inspectProcess, processIdOf(owner));
      return null;
    } catch (error) {
      if (hasCode(error, ErrorCode.notFound)) return `${processText(owner)} has ended`;
      throw error;
    }
  });
  return ended.filter((text) => text !== null);
}
