/** Sources of listings: the broker (everything), or sock_diag and /proc with the user's own rights. */

import { constants } from 'node:os';
import type { Broker } from '../broker-link/broker';
import { findCarriers } from '../broker-link/carrier-records';
import { JoinedRows } from '../broker-link/joined-rows';
import type { KernelListing, ListOptions, ListSelection } from '../broker-link/list-records';
import { dumpOwners, dumpSockets } from '../broker-link/native';
import { withOwners } from '../broker-link/own-rows';
import { ownNamespace } from '../common/own-namespace';
import { errnoName } from '../common/wording';
import { HiddenProcesses, hidesProcesses } from '../system/hidden-processes';
import { type FindCarriers, type ReadDirectories, readDirectory } from '../system/processes';

export interface Source {
  /** All sockets, or those of a selection. */
  list(selection?: ListSelection, options?: ListOptions): Promise<KernelListing>;
  /** Whether a listing has every owner on this machine. Then an ordinary process never holds a socket without an owner. */
  readonly seesEveryOwner: boolean;
  readonly workingDirectories: ReadDirectories;
  readonly carriers: FindCarriers;
  /** Null: /proc hides no processes, or nothing can read them. */
  readonly hidden: HiddenProcesses | null;
}

export function brokerSource(broker: Broker, seesEveryOwner: boolean): Source {
  return {
    list: (selection, options) => broker.list(selection, options),
    seesEveryOwner,
    // The agent's own uid may not read them.
    workingDirectories: (pids) => broker.workingDirectories(pids),
    carriers: (pids) => broker.carriers(pids),
    hidden: hidesProcesses() ? new HiddenProcesses((pids) => broker.processFiles(pids)) : null,
  };
}

/** Where there is no sock_diag at all, as in gVisor and under some seccomp filters, as where it has none for TCP. */
async function dumpOwn(): ReturnType<typeof dumpSockets> {
  try {
    return await dumpSockets();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'socket(AF_NETLINK)') throw error;
    return { rows: Buffer.alloc(0), leftOut: 0, errno: constants.errno.EPROTONOSUPPORT };
  }
}

/** For the observer: sockets of its own network namespace, owners as far as /proc shows them. */
export const observerSource: Source = {
  seesEveryOwner: false,
  workingDirectories: async (pids) => pids.map(readDirectory),
  carriers: (pids) => findCarriers(pids, process.getuid?.() ?? -1),
  hidden: null,
  async list(_selection, { before } = {}) {
    const netns = ownNamespace();
    const [{ rows, leftOut, errno }, ownerRows] = await Promise.all([dumpOwn(), dumpOwners()]);
    return {
      rows: await JoinedRows.of(withOwners(rows, ownerRows, netns), before),
      namespaces: [{ netns, errno: errno === 0 ? null : errnoName(errno) }],
      ends: [],
      lostEvents: 0,
      leftOut: { sockets: leftOut, owners: 0 },
    };
  },
};
