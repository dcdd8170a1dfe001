/** Sources of listings: the broker (everything), or sock_diag and /proc with the user's own rights. */

import type { Broker } from '../broker-link/broker';
import { findCarriers } from '../broker-link/carrier-records';
import type { KernelListing, ListSelection } from '../broker-link/list-records';
import { dumpOwners, dumpSockets } from '../broker-link/native';
import type { JoinedSocket, OwnerRecord } from '../broker-link/records';
import { decodeOwners, SocketDecoder } from '../broker-link/socket-decoder';
import { ownNamespace } from '../common/own-namespace';
import { HiddenProcesses, hidesProcesses } from '../system/hidden-processes';
import { type FindCarriers, type ReadDirectories, readDirectory } from '../system/processes';

export interface Source {
  /** All sockets, or those of a selection. */
  list(selection?: ListSelection): Promise<KernelListing>;
  /** Whether a listing has every owner on this machine. Then an ordinary process never holds a socket without an owner. */
  readonly seesEveryOwner: boolean;
  readonly workingDirectories: ReadDirectories;
  readonly carriers: FindCarriers;
  /** Null: /proc hides no processes, or nothing can read them. */
  readonly hidden: HiddenProcesses | null;
}

export function brokerSource(broker: Broker, seesEveryOwner: boolean): Source {
  const ofSelections = new SocketDecoder();
  return {
    list: (selection) => (selection ? broker.list(selection, ofSelections) : broker.list()),
    seesEveryOwner,
    // The agent's own uid may not read them.
    workingDirectories: (pids) => broker.workingDirectories(pids),
    carriers: (pids) => broker.carriers(pids),
    hidden: hidesProcesses() ? new HiddenProcesses((pids) => broker.processFiles(pids)) : null,
  };
}

/** For the observer: sockets of its own network namespace, owners as far as /proc shows them. */
export const observerSource: Source = {
  seesEveryOwner: false,
  workingDirectories: async (pids) => pids.map(readDirectory),
  carriers: (pids) => findCarriers(pids, process.getuid?.() ?? -1),
  hidden: null,
  async list() {
    const netns = ownNamespace();
    const [{ rows, leftOut }, ownerRows] = await Promise.all([dumpSockets(), dumpOwners()]);
    const owners = decodeOwners(ownerRows);
    const sockets = new SocketDecoder().decode(rows).map((socket) => withOwners(socket, netns, owners));
    return {
      sockets,
      namespaces: [{ netns, errno: null }],
      ends: [],
      lostEvents: 0,
      leftOut: { sockets: leftOut, owners: 0 },
    };
  },
};

function withOwners(
  { record, ownersLeftOut, sent, received }: JoinedSocket,
  netns: number,
  owners: ReadonlyMap<string, OwnerRecord[]>,
): JoinedSocket {
  const holders = record.inode === '0' ? [] : (owners.get(record.inode) ?? []);
  return { record: { ...record, netns }, owners: holders, ownersLeftOut, sent, received };
}
