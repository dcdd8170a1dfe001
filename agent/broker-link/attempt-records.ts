/** Records of the connect hooks (connects, changes of these connections, process exits and forks, and losses), and the filter of the hooks. */

import {
  type Endpoint,
  type Protocol,
  protocolNumbers,
  protocolOfNumber,
  type State,
  stateWords,
} from '../protocol';
import { constants, layout } from './native';
import { decodeAddress } from './records';

/** The hooks report only what matches; an absent part matches everything. */
export interface AttemptFilter {
  readonly netns?: number;
  readonly protocol?: Protocol;
  readonly remotePort?: number;
  /** Later changes of the connections are reported, too. */
  readonly follows: boolean;
  /** Only processes given to Broker.watchProcesses, and their children. */
  readonly watchedOnly: boolean;
}

/** A connect() that the hook saw. */
export interface ConnectEvent {
  readonly kind: 'connect';
  /** Milliseconds of CLOCK_MONOTONIC, as for all events. */
  readonly at: number;
  readonly cookie: string;
  readonly netns: number;
  /** 0: the process is outside the agent's pid namespace. */
  readonly pid: number;
  readonly uid: number;
  readonly protocol: Protocol;
  readonly remote: Endpoint;
  /** Positive errno with which an outage refuses it; 0: not refused. */
  readonly errno: number;
}

/** A change of a connection whose connect was reported. */
export type ConnectionEvent = {
  readonly at: number;
  readonly cookie: string;
} & (
  | { readonly kind: 'state'; readonly from: State; readonly to: State; readonly errno: number }
  /** sk_err, positive. */
  | { readonly kind: 'error'; readonly errno: number }
  /** Its peer's RST arrived. */
  | { readonly kind: 'reset' }
  /** The first payload since it was established was sent or received. */
  | { readonly kind: 'bytes' }
);

type ProcessEvent = { readonly at: number; readonly pid: number } & (
  | { readonly kind: 'exit'; readonly code: number | null; readonly signal: number | null }
  | { readonly kind: 'fork'; readonly parent: number }
);

/** Events that were not recorded, because more came than agent and broker could take. */
export interface LossEvent {
  readonly kind: 'lost';
  /** The first and the last of them, in milliseconds of CLOCK_MONOTONIC. */
  readonly from: number;
  readonly at: number;
  /** Connects that an outage refused. */
  readonly refusals: number;
  /** All others. */
  readonly others: number;
}

export type AttemptEvent = ConnectEvent | ConnectionEvent | ProcessEvent | LossEvent;

export function decodeLoss(bytes: Buffer): LossEvent {
  const { offsets } = layout.attempt_losses;
  const read = (field: keyof typeof offsets) => Number(bytes.readBigUInt64LE(offsets[field]));
  return {
    kind: 'lost',
    from: read('first_ns') / 1e6,
    at: read('last_ns') / 1e6,
    refusals: read('refusals'),
    others: read('others'),
  };
}

export function decodeAttempts(bytes: Buffer): AttemptEvent[] {
  const { size } = layout.attempt_event;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    decodeAttempt(bytes.subarray(index * size, (index + 1) * size)),
  );
}

function decodeAttempt(bytes: Buffer): AttemptEvent {
  const { offsets } = layout.attempt_event;
  const { connect, state, error, reset, bytes: payload, exit } = constants.attemptKind;
  const at = Number(bytes.readBigUInt64LE(offsets.at_ns)) / 1e6;
  const cookie = bytes.readBigUInt64LE(offsets.cookie).toString();
  const errno = bytes.readInt32LE(offsets.error);
  const pid = bytes.readUInt32LE(offsets.pid);
  switch (bytes.readUInt8(offsets.kind)) {
    case connect:
      return { kind: 'connect', at, cookie, pid, errno, ...decodeConnect(bytes) };
    case state:
      return {
        kind: 'state',
        at,
        cookie,
        from: stateWords[bytes.readUInt8(offsets.old_state)] ?? 'close',
        to: stateWords[bytes.readUInt8(offsets.new_state)] ?? 'close',
        errno,
      };
    case error:
      return { kind: 'error', at, cookie, errno };
    case reset:
      return { kind: 'reset', at, cookie };
    case payload:
      return { kind: 'bytes', at, cookie };
    case exit:
      return { kind: 'exit', at, pid, ...decodeExit(errno) };
    default:
      return { kind: 'fork', at, pid, parent: bytes.readUInt32LE(offsets.parent) };
  }
}

function decodeConnect(bytes: Buffer) {
  const { offsets } = layout.attempt_event;
  const family = bytes.readUInt16LE(offsets.family);
  return {
    netns: bytes.readUInt32LE(offsets.netns),
    uid: bytes.readUInt32LE(offsets.uid),
    protocol: protocolOfNumber(bytes.readUInt16LE(offsets.protocol)),
    remote: {
      address: decodeAddress(bytes, offsets.remote_address, family),
      port: bytes.readUInt16LE(offsets.remote_port),
    },
  };
}

/** `status` as from wait(): the signal in bits 0 to 6, the exit code from bit 8 on. */
function decodeExit(status: number) {
  const signal = status & 0x7f;
  return signal === 0 ? { code: (status >> 8) & 0xff, signal: null } : { code: null, signal };
}

export function encodeAttemptFilter({
  netns,
  protocol,
  remotePort,
  follows,
  watchedOnly,
}: AttemptFilter): Buffer {
  const { size, offsets } = layout.connect_filter;
  const bytes = Buffer.alloc(size);
  bytes.writeUInt32LE(netns ?? 0, offsets.netns);
  if (protocol) bytes.writeUInt16LE(protocolNumbers[protocol], offsets.protocol);
  bytes.writeUInt16LE(remotePort ?? 0, offsets.remote_port);
  bytes.writeUInt8(1, offsets.reports);
  bytes.writeUInt8(Number(follows), offsets.follows);
  bytes.writeUInt8(Number(watchedOnly), offsets.watched);
  return bytes;
}
