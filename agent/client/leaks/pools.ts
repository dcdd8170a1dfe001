/** Connections of one process that are alike: to one remote, or accepted on one of its ports. Pure. */

import { groupBy } from '../../common/group-by';
import { t } from '../../common/translate';
import { formatEndpoint, type Owner, type Socket, withoutMapping } from '../../protocol';

export interface Pool {
  /** The same in each list. */
  readonly key: string;
  readonly owner: Owner;
  /** `to 127.0.0.1:5414`, or `on port 8080` of a server. */
  readonly where: string;
  readonly isServer: boolean;
  readonly sockets: readonly Socket[];
}

/** Of connections with an owner. `all`: with the listeners of their processes. */
export function poolsOf(connections: readonly Socket[], all: readonly Socket[]): Pool[] {
  const servers = new Set(all.flatMap((one) => (one.state === 'listen' ? processPorts(one) : [])));
  const isServer = (socket: Socket) => servers.has(processPorts(socket)[0] ?? '');
  const where = (socket: Socket) =>
    isServer(socket) ? t('on port {0}', String(socket.local.port)) : t('to {0}', farEnd(socket));
  const key = (socket: Socket) => {
    const [owner] = socket.owners;
    return `${socket.netns} ${owner?.pid} ${owner?.startTime} ${where(socket)}`;
  };
  return [...groupBy(connections, key)].flatMap(([key, sockets]) => {
    const [first] = sockets;
    const [owner] = first?.owners ?? [];
    return first && owner ? [{ key, owner, where: where(first), isServer: isServer(first), sockets }] : [];
  });
}

/** The local port of each process that holds a socket. */
function processPorts({ netns, owners, local }: Socket): string[] {
  return owners.map(({ pid }) => `${netns} ${pid} ${local.port}`);
}

export function farEnd({ remote }: Pick<Socket, 'remote'>): string {
  return remote ? formatEndpoint({ ...remote, address: withoutMapping(remote.address) }) : '';
}
