/** Describes a record of the history: its reason, its times, and the process at the other end. Pure. */

import type { ConnectionRecord } from '../broker-link/history-records';
import { constants } from '../broker-link/native';
import { errnoName } from '../common/wording';
import { reasonOfEnd } from '../inventory/end-facts';
import {
  type Endpoint,
  type PastConnection,
  type PastProcess,
  type PastReason,
  withoutMapping,
} from '../protocol';

const ECONNABORTED = 103;
const ETIMEDOUT = 110;
const ECONNREFUSED = 111;
/** ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET. */
const unreachable: readonly number[] = [100, 101, 112, 113, 64];

/** Both ends of a connection are established within this time. */
const maxApartMs = 1000;

export interface DescribedWith {
  readonly brokerPid: number;
  /** Milliseconds since 1970 at 0 of CLOCK_MONOTONIC. */
  readonly epoch: number;
  readonly process: PastProcess | null;
}

/** Without its peer. */
export function pastConnection(record: ConnectionRecord, around: DescribedWith): PastConnection {
  const { cookie, netns, kind, began, opened, at, local, remote } = record;
  const over = kind !== 'opened';
  return {
    id: `${cookie}.${Math.round(1000 * (began || at))}`,
    netns,
    cookie,
    event: kind,
    at: new Date(around.epoch + at).toISOString(),
    direction: record.direction,
    local,
    remote,
    uid: record.uid === constants.noUid ? null : record.uid,
    process: around.process,
    peer: null,
    connectMs: connectMs(record),
    durationMs: kind === 'ended' && opened > 0 ? rounded(at - opened) : null,
    sentBytes: kind === 'ended' ? record.sent : null,
    receivedBytes: kind === 'ended' ? record.received : null,
    reason: over ? reasonOf(record, around.brokerPid) : null,
    errno: over && record.errno !== 0 ? errnoName(record.errno) : null,
  };
}

/** Whether one is the other end of the other, on this machine and in the same network namespace. */
export function areEnds(a: ConnectionRecord, b: ConnectionRecord): boolean {
  return (
    a.netns === b.netns &&
    Math.abs(a.opened - b.opened) <= maxApartMs &&
    sameEnd(a.local, b.remote) &&
    sameEnd(a.remote, b.local)
  );
}

function sameEnd(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && withoutMapping(a.address) === withoutMapping(b.address);
}

function connectMs({ kind, direction, began, opened, at }: ConnectionRecord): number | null {
  if (direction !== 'out' || began === 0) return null;
  if (kind === 'failed') return rounded(at - began);
  return opened > 0 ? rounded(opened - began) : null;
}

function reasonOf(record: ConnectionRecord, brokerPid: number): PastReason {
  const { kind, errno, parent } = record;
  const ours = parent === brokerPid;
  if (kind === 'ended') return reasonOfEnd({ ...record, ours, reset: false }) ?? 'unknown';
  if (errno === ECONNABORTED) return ours ? 'destroyed-by-sockscope' : 'destroyed-by-other';
  if (errno === ECONNREFUSED) return 'refused';
  if (errno === ETIMEDOUT) return 'timed-out';
  if (unreachable.includes(errno)) return 'unreachable';
  if (errno !== 0) return 'unknown';
  if (record.unsent) return 'not-sent';
  return record.exiting ? 'process-exited' : 'given-up';
}

/** Microseconds. */
function rounded(ms: number): number {
  return Math.round(1000 * ms) / 1000;
}
