/** Describes a record of the history: its reason and its times. Pure. */

import { constants } from '../broker-link/native';
import { errnoName } from '../common/wording';
import { reasonOfEnd } from '../inventory/end-facts';
import type { PastConnection, PastProcess, PastReason } from '../protocol';
import type { HistoryEntry } from './history-entries';

const ECONNABORTED = 103;
const ETIMEDOUT = 110;
const ECONNREFUSED = 111;
/** ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET. */
const unreachable: readonly number[] = [100, 101, 112, 113, 64];

export interface DescribedWith {
  readonly brokerPid: number;
  readonly process: PastProcess | null;
}

/** Without its peer. */
export function pastConnection(record: HistoryEntry, around: DescribedWith): PastConnection {
  const { cookie, netns, kind, began, opened, at, time, local, remote } = record;
  const over = kind !== 'opened';
  return {
    id: `${cookie}.${Math.round(1000 * (began || opened || at))}`,
    netns,
    cookie,
    event: kind,
    at: new Date(time).toISOString(),
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

function connectMs({ kind, direction, began, opened, at }: HistoryEntry): number | null {
  if (direction !== 'out' || began === 0) return null;
  // Of one that the kernel refused before it sent anything, it is not known when: `at` is when it was called.
  if (kind === 'failed') return at > began ? rounded(at - began) : null;
  return opened > 0 ? rounded(opened - began) : null;
}

function reasonOf(record: HistoryEntry, brokerPid: number): PastReason {
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
