/** Where the sockets come from: the broker (everything) or the user's own rights (sock_diag and /proc). */

import { statSync } from 'node:fs';
import type { Broker, Listing } from './broker';
import { dumpOwners, dumpSockets } from './native';
import { decodeOwners, decodeSockets } from './records';

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
    const [rows, ownerRows] = await Promise.all([dumpSockets(), dumpOwners()]);
    const owners = decodeOwners(ownerRows);
    const sockets = decodeSockets(rows).map(({ record }) => ({
      record: { ...record, netns },
      owners: record.inode === '0' ? [] : (owners.get(record.inode) ?? []),
    }));
    return { sockets, namespaces: [{ netns, errno: null }], ends: [] };
  },
};
