/** Where the sockets come from: the broker (everything) or the user's own rights (sock_diag and /proc). */

import { statSync } from 'node:fs';
import type { Broker, Listing } from './broker';
import { groupBy } from './group-by';
import { dumpOwners, dumpSockets } from './native';
import { decodeSockets, type SocketRecord } from './records';

export interface Source {
  list(): Promise<Listing>;
  /** Does a listing show every owner on this machine? If so, a socket without one is not an ordinary process's. */
  readonly seesEveryOwner: boolean;
}

export function brokerSource(broker: Broker, seesEveryOwner: boolean): Source {
  return { list: () => broker.list(), seesEveryOwner };
}

/** The observer's: sockets of its own network namespace, owners as far as /proc shows them. */
export const observerSource: Source = {
  seesEveryOwner: false,
  async list() {
    const netns = statSync('/proc/self/ns/net').ino;
    const [sockets, owners] = await Promise.all([dumpSockets(), dumpOwners()]);
    return { records: joinOwners(decodeSockets(sockets), decodeSockets(owners), netns), skipped: [] };
  },
};

/** One record for each owner of a socket; inode numbers are unique within one refresh. */
function joinOwners(sockets: SocketRecord[], owners: SocketRecord[], netns: number): SocketRecord[] {
  const byInode = groupBy(owners, (owner) => owner.inode);
  return sockets.flatMap((socket) => {
    const holders = socket.inode === '0' ? [] : (byInode.get(socket.inode) ?? []);
    if (holders.length === 0) return [{ ...socket, netns }];
    return holders.map(({ owner }) => ({ ...socket, netns, owner }));
  });
}
