/** Encodes requests to destroy or inspect sockets, and decodes the replies. */

import { addressBytes, protocolNumbers } from '../protocol';
import { constants, layout } from './native';
import { AF_INET, AF_INET6, type SocketRecord } from './records';

/** A socket to destroy, with all fields that the kernel compares. */
export interface DestroyRecord
  extends Pick<
    SocketRecord,
    'netns' | 'cookie' | 'family' | 'protocol' | 'kernelState' | 'local' | 'remote'
  > {
  /** The pid of a process that holds it, where the broker looks first; it believes none. Absent or 0: not known. */
  readonly owner?: number;
}

export interface TargetOptions {
  readonly takesOver?: boolean;
  /** So many targets at the end are not to be tried. */
  readonly refused?: number;
  /** Targets that another process holds than `owner`, or that have another state, are left, as `stale`. */
  readonly asSeen?: boolean;
  /** Milliseconds of CLOCK_MONOTONIC after which none is destroyed any more. */
  readonly until?: number;
}

export function encodeTargets(
  engine: number,
  targets: readonly DestroyRecord[],
  { takesOver = false, refused = 0, asSeen = false, until }: TargetOptions = {},
): Buffer {
  const { size, offsets } = layout.destroy_target;
  const head = layout.destroy_request.size;
  const bytes = Buffer.alloc(head + size * targets.length);
  bytes.writeUInt32LE(engine, layout.destroy_request.offsets.engine);
  bytes.writeUInt32LE(targets.length, layout.destroy_request.offsets.count);
  bytes.writeUInt32LE(takesOver ? 1 : 0, layout.destroy_request.offsets.takes_over);
  bytes.writeUInt32LE(refused, layout.destroy_request.offsets.refused);
  bytes.writeUInt32LE(asSeen ? 1 : 0, layout.destroy_request.offsets.as_seen);
  if (until !== undefined)
    bytes.writeBigUInt64LE(BigInt(Math.round(until * 1e6)), layout.destroy_request.offsets.until_ns);
  const addressOf = addressesOnce();
  targets.forEach((target, index) => {
    const at = head + index * size;
    writeU64(bytes, target.cookie, at + offsets.cookie);
    bytes.writeUInt32LE(target.netns, at + offsets.netns);
    bytes.writeUInt32LE(target.kernelState, at + offsets.state);
    bytes.writeUInt16LE(target.family === 'ipv4' ? AF_INET : AF_INET6, at + offsets.family);
    bytes.writeUInt16LE(protocolNumbers[target.protocol], at + offsets.protocol);
    bytes.writeUInt16LE(target.local.port, at + offsets.local_port);
    bytes.writeUInt16LE(target.remote.port, at + offsets.remote_port);
    bytes.set(addressOf(target.local.address), at + offsets.local_address);
    bytes.set(addressOf(target.remote.address), at + offsets.remote_address);
    bytes.writeUInt32LE(target.owner ?? 0, at + offsets.owner);
  });
  return bytes;
}

/** Few numbers are so large that only a BigInt holds them. */
function writeU64(bytes: Buffer, text: string, at: number): void {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) return void bytes.writeBigUInt64LE(BigInt(text), at);
  bytes.writeUInt32LE(number % 2 ** 32, at);
  bytes.writeUInt32LE(Math.floor(number / 2 ** 32), at + 4);
}

/** Many targets have the same address. */
function addressesOnce(): (address: string) => Uint8Array {
  const known = new Map<string, Uint8Array>();
  return (address) => {
    const bytes = known.get(address) ?? Uint8Array.from(addressBytes(address) ?? []);
    known.set(address, bytes);
    return bytes;
  };
}

/** A single target, for requests about one socket. */
export function encodeTarget(target: DestroyRecord): Buffer {
  return encodeEach([target]);
}

/** Targets alone, for requests that do nothing to them. */
export function encodeEach(targets: readonly DestroyRecord[]): Buffer {
  return encodeTargets(0, targets).subarray(layout.destroy_request.size);
}

type DestroyStatus = keyof typeof constants.destroyStatus;

/**
 * What the broker has found of a target after the attempt. `nothing`: its connection or listener is gone. `port`: the same, but its
 * process keeps a TCP port that it has bound itself. `open`: the same socket is there; of UDP, whatever its remote is now.
 */
type Remains = keyof typeof constants.remains;

export interface DestroyReply {
  /** Null: no engine was tried. */
  readonly engine: 'bpf' | 'sock_diag' | null;
  readonly status: DestroyStatus;
  /** Positive errno; 0 where there was no error. */
  readonly errno: number;
  /** `unknown` also of what was not tried. */
  readonly remains: Remains;
}

export function decodeReplies(bytes: Buffer): DestroyReply[] {
  const { size, offsets } = layout.destroy_reply;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const at = index * size;
    const engine = bytes.readUInt32LE(at + offsets.engine);
    return {
      engine:
        engine === constants.engine.bpf ? 'bpf' : engine === constants.engine.sock_diag ? 'sock_diag' : null,
      status: statusNames.get(bytes.readUInt32LE(at + offsets.status)) ?? 'pending',
      errno: bytes.readInt32LE(at + offsets.error),
      remains: remainsNames.get(bytes.readUInt32LE(at + offsets.remains)) ?? 'unknown',
    };
  });
}

/** Names by number. */
function namesOf<Name extends string>(numbers: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  return new Map((Object.keys(numbers) as Name[]).map((name) => [numbers[name], name]));
}

const statusNames = namesOf(constants.destroyStatus);
const remainsNames = namesOf(constants.remains);
