/** Sockets as parameters of the agent's pure functions, for tests. */

import type { SocketRecord } from '../../agent/broker-link/records';
import type { SeenSocket } from '../../agent/inventory/inventory';
import { isClosed, type Socket } from '../../agent/protocol';
import type { NamedOwner } from '../../agent/system/processes';

export function namedOwner(name: string, pid: number, more: Partial<NamedOwner> = {}): NamedOwner {
  return { pid, startTime: '1', fd: 3, name, command: name, uid: 1000, ...more };
}

export function seen(
  shown: Socket,
  holders: readonly NamedOwner[] = [],
  record: Partial<SocketRecord> = {},
): SeenSocket {
  const listed = {
    ...shown,
    kernelState: 0,
    remote: shown.remote ?? { address: '0.0.0.0', port: 0 },
    mptcp: false,
    portFrom: null,
    ...record,
  };
  return {
    id: `${shown.netns}:${shown.cookie}`,
    socket: { ...shown, owners: holders },
    record: listed,
    sequence: { sent: 0, received: 0 },
    holders,
    closed: isClosed(shown),
    whole: null,
  };
}
