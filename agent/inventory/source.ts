/** Where the sockets come from: the broker (everything) or the user's own rights (sock_diag and /proc). */

import type { Broker, Listing } from '../broker-link/broker';
import { dumpOwners, dumpSockets } from '../broker-link/native';
import type { JoinedSocket, OwnerRecord } from '../broker-link/records';
import { decodeOwners, SocketDecoder } from '../broker-link/socket-decoder';
import { ownNamespace } from '../common/own-namespace';

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
    const netns = ownNamespace();
    const [rows, ownerRows] = await Promise.all([dumpSockets(), dumpOwners()]);
    const owners = decodeOwners(ownerRows);
    const sockets = new SocketDecoder().decode(rows).map((socket) => held(socket, netns, owners));
    return { sockets, namespaces: [{ netns, errno: null }], ends: [] };
  },
};

function held(
  { record, sent, received }: JoinedSocket,
  netns: number,
  owners: ReadonlyMap<string, OwnerRecord[]>,
): JoinedSocket {
  const holders = record.inode === '0' ? [] : (owners.get(record.inode) ?? []);
  return { record: { ...record, netns }, owners: holders, sent, received };
}
