/** Decodes the timers of TCP connections (tcp_timers). */

import type { TcpTimers } from '../protocol';
import { layout } from './native';

/** In the order of the targets; null: the owner that the target names holds no such connection. */
export function decodeTimers(bytes: Buffer): (TcpTimers | null)[] {
  const { size } = layout.tcp_timers;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, at) =>
    decodeOne(bytes.subarray(at * size, (at + 1) * size)),
  );
}

function decodeOne(bytes: Buffer): TcpTimers | null {
  const { offsets } = layout.tcp_timers;
  const u8 = (field: keyof typeof offsets) => bytes.readUInt8(offsets[field]);
  const u32 = (field: keyof typeof offsets) => bytes.readUInt32LE(offsets[field]);
  if (u8('found') === 0) return null;
  return {
    keepalive: u8('keepalive') === 1,
    keepaliveIdleMs: u32('keepalive_time_ms'),
    keepaliveIntervalMs: u32('keepalive_interval_ms'),
    keepaliveProbes: u8('keepalive_probes'),
    userTimeoutMs: u32('user_timeout_ms'),
    retries: u8('retries'),
    rtoMs: u32('rto_ms'),
    maxRtoMs: u32('rto_max_ms'),
    rttMs: u32('rtt_us') / 1000,
    retransmits: u8('retransmits'),
    unansweredProbes: u8('probes_out'),
    unackedBytes: u32('unacked'),
    sendWindow: u32('send_window'),
    sinceAckMs: u32('since_ack_ms'),
    sinceDataMs: u32('since_data_ms'),
  };
}
