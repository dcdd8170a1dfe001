/** The request for a list, and its answer: the rows come in shared memory. */

import { read } from 'node:fs';
import { promisify } from 'node:util';
import type { Pass } from '../common/fair-queue';
import { errnoName } from '../common/wording';
import { ErrorCode, type LeftOut, protocolError } from '../protocol';
import { decodeEnds, type EndRecord } from './end-records';
import { JoinedRows } from './joined-rows';
import { constants, layout } from './native';
import { encodePids } from './outage-records';

/** Sockets with one of these ports at either end. */
export interface ListSelection {
  /** 1 to maxSelected. */
  readonly ports: readonly number[];
  /** Where to ask for sockets that no process holds: up to maxSelected; none: everywhere. */
  readonly namespaces: readonly number[];
  /**
   * Not empty: only what these processes hold, up to maxSelected; of any number of ports, none: of all. Rejects with kernelRefused
   * where the kernel cannot list a process by itself (before Linux 6.1).
   */
  readonly processes?: readonly number[];
}

export interface ListOptions {
  /** The previous listing of all sockets. */
  readonly before?: JoinedRows | null;
  /** Called where the broker says that this one waits for a walker. */
  readonly pass?: Pass;
}

/** Of each part of a ListSelection. */
export const maxSelected = 64;

export interface KernelListing {
  readonly rows: JoinedRows;
  /** Every network namespace of the machine; `errno`: its name where the namespace could not be read. */
  readonly namespaces: readonly { readonly netns: number; readonly errno: string | null }[];
  /** While events are watched: those since the previous listing, by socket. */
  readonly ends: readonly EndRecord[];
  /** Events that are missing in these, because the kernel had no room for them. */
  readonly lostEvents: number;
  readonly leftOut: LeftOut;
}

const readMemory = promisify(read);

export function encodeSelection({ ports, namespaces, processes = [] }: ListSelection): Buffer {
  const { size, offsets } = layout.list_request;
  const header = Buffer.alloc(size);
  header.writeUInt32LE(ports.length, offsets.ports);
  header.writeUInt32LE(namespaces.length, offsets.namespaces);
  header.writeUInt32LE(processes.length, offsets.processes);
  return Buffer.concat([header, encodePids([...ports, ...namespaces, ...processes])]);
}

/** The bytes of a listing: the answer, and the rows of which it says how many there are. */
export interface RawListing {
  readonly payload: Buffer;
  readonly rows: Buffer;
}

/** `memory`: the descriptor of the rows; `place`: where in it they are. Rejects with kernelRefused where there are fewer than announced. */
export async function readListing(payload: Buffer, memory: number, place: number): Promise<RawListing> {
  const { offsets } = layout.list_reply;
  // Not from Node's pool, which may return any alignment.
  const bytes = Buffer.from(
    new ArrayBuffer(Number(payload.readBigUInt64LE(offsets.sockets)) * layout.socket_record.size),
  );
  await readAll(memory, bytes, place * constants.places.bytes);
  return { payload, rows: bytes };
}

/** `before`: as of JoinedRows. */
export async function decodeListing(
  { payload, rows }: RawListing,
  before: JoinedRows | null,
): Promise<KernelListing> {
  const { size, offsets } = layout.list_reply;
  const namespaces = payload.readUInt32LE(offsets.namespaces);
  const ends = payload.subarray(size + namespaces * layout.namespace_record.size);
  return {
    rows: await JoinedRows.of(rows, before),
    namespaces: decodeNamespaces(payload.subarray(size), namespaces),
    ends: decodeEnds(ends, payload.readUInt32LE(offsets.ends)),
    lostEvents: payload.readUInt32LE(offsets.lost_events),
    leftOut: {
      sockets: payload.readUInt32LE(offsets.sockets_left_out),
      owners: payload.readUInt32LE(offsets.owners_left_out),
    },
  };
}

function decodeNamespaces(bytes: Buffer, count: number): KernelListing['namespaces'] {
  const { size, offsets } = layout.namespace_record;
  return Array.from({ length: count }, (_, index) => {
    const errno = bytes.readInt32LE(index * size + offsets.error);
    return {
      netns: bytes.readUInt32LE(index * size + offsets.netns),
      errno: errno === 0 ? null : errnoName(errno),
    };
  });
}

async function readAll(fd: number, bytes: Buffer, start: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await readMemory(fd, bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0)
      throw protocolError(
        ErrorCode.kernelRefused,
        'The broker sent fewer sockets than it announced: list again',
      );
    at += bytesRead;
  }
}
