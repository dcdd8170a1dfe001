/** Sockets as parameters of the agent's pure functions, for tests. */

import type { SocketRecord } from '../../agent/broker-link/records';
import type { SeenSocket } from '../../agent/inventory/inventory';
import type { KnownSocket } from '../../agent/inventory/known-socket';
import { toOwners } from '../../agent/inventory/owners';
import { connectedTuple } from '../../agent/inventory/tuple';
import { isClosed, type PackedSockets, type Socket } from '../../agent/protocol';
import { encodeJson } from '../../agent/server/raw-json';
import { packPage } from '../../agent/server/socket-page';
import type { NamedOwner } from '../../agent/system/processes';
import { socket } from './sockets';

export function namedOwner(name: string, pid: number, more: Partial<NamedOwner> = {}): NamedOwner {
  return { pid, startTime: '1', fd: 3, name, command: name, uid: 1000, ...more };
}

interface More extends Partial<Omit<Socket, 'owners'>> {
  readonly owners?: readonly NamedOwner[];
  readonly sent?: number;
  readonly received?: number;
}

/** As `socket` of sockets.ts, with named owners and sequence numbers. */
export function known(local: string, remote: string | null, more: More = {}): KnownSocket {
  const { owners = [], sent = 0, received = 0, ...rest } = more;
  const shown = socket(local, remote, rest);
  const record = {
    ...shown,
    kernelState: 0,
    remote: shown.remote ?? { address: shown.family === 'ipv4' ? '0.0.0.0' : '::', port: 0 },
    mptcp: false,
    portFrom: null,
  };
  return {
    id: `${shown.netns}:${shown.cookie}`,
    record,
    state: shown.state,
    owners,
    shown: toOwners(owners),
    container: null,
    carriesSession: false,
    tuple: connectedTuple(record, shown.state),
    isUnsure: false,
    described: null,
    joined: { record, owners, ownersLeftOut: shown.ownersLeftOut, sent, received },
  };
}

export function seen(
  shown: Socket,
  holders: readonly NamedOwner[] = [],
  record: Partial<SocketRecord> = {},
): SeenSocket {
  const whole = {
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
    record: whole,
    joined: { record: whole, owners: holders, ownersLeftOut: shown.ownersLeftOut, sent: 0, received: 0 },
    holders,
    closed: isClosed(shown),
    row: null,
  };
}

/** Sockets as they come over the wire. */
export function packed(sockets: readonly Socket[]): PackedSockets {
  const page = packPage(
    sockets.map((socket) => ({ ...seen(socket), socket })),
    0,
    (container) => container,
  );
  return JSON.parse(encodeJson(page.packed).toString());
}
