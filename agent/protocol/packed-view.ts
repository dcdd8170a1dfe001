/** Changes of a view as they cross the wire: the sockets of all rows packed, and of each row what does not follow from its socket. */

import { idKey } from './keys';
import { packSockets } from './pack-sockets';
import { unpackSockets } from './packed-sockets';
import type { PackedChange, PackedRow, Row, ViewChange, Window } from './view';

export function packChange({ rows, ...rest }: ViewChange): PackedChange {
  const all = Object.values(rows).flatMap(({ set }) => set);
  const pack = ({ order, mark, reason, bytesPerSecond }: Row): PackedRow => [
    order,
    mark,
    reason,
    bytesPerSecond,
  ];
  return {
    ...rest,
    rows: mapWindows(rows, pack),
    sockets: packSockets(all.map(({ socket }) => socket)),
  };
}

export function unpackChange({ rows, sockets, ...rest }: PackedChange): ViewChange {
  const unpacked = unpackSockets(sockets).values();
  const unpack = ([order, mark, reason, bytesPerSecond]: PackedRow): Row => {
    const { value: socket } = unpacked.next();
    if (!socket) throw new Error('A change of a view has fewer sockets than rows');
    return { id: idKey(socket), order, socket, mark, reason, bytesPerSecond };
  };
  return { ...rest, rows: mapWindows(rows, unpack) };
}

function mapWindows<From, To>(
  windows: Readonly<Record<string, Window<From>>>,
  map: (item: From) => To,
): Record<string, Window<To>> {
  return Object.fromEntries(
    Object.entries(windows).map(([id, { set, gone }]) => [id, { set: set.map(map), gone }]),
  );
}
