/** Encodes requests to tune connections; the replies are those of a destroy. */

import type { Tuning } from '../protocol';
import { type DestroyRecord, encodeEach } from './destroy-records';
import { constants, layout } from './native';

/** `tuning`: null gives back what was before. `refused`: so many targets at the end are not to be tried. */
export function encodeTune(
  targets: readonly DestroyRecord[],
  tuning: Tuning | null,
  refused: number,
): Buffer {
  const { size, offsets } = layout.tune_request;
  const head = Buffer.alloc(size);
  head.writeUInt32LE(targets.length, offsets.count);
  head.writeUInt32LE(refused, offsets.refused);
  if (tuning === null)
    head.writeUInt32LE(constants.tuning.restore, offsets.tuning + layout.tcp_tuning.offsets.settings);
  else writeTuning(head.subarray(offsets.tuning), tuning);
  return Buffer.concat([head, encodeEach(targets)]);
}

function writeTuning(bytes: Buffer, { keepalive, userTimeoutMs }: Tuning): void {
  const { offsets } = layout.tcp_tuning;
  const flags = constants.tuning;
  const settings =
    (keepalive === undefined ? 0 : flags.keepalive) |
    (keepalive ? flags.keepaliveTimes : 0) |
    (userTimeoutMs === undefined ? 0 : flags.userTimeout);
  bytes.writeUInt32LE(settings, offsets.settings);
  bytes.writeUInt32LE(userTimeoutMs ?? 0, offsets.user_timeout_ms);
  if (!keepalive) return;
  bytes.writeUInt32LE(1, offsets.keepalive);
  bytes.writeUInt32LE(keepalive.idleS, offsets.keepalive_idle_s);
  bytes.writeUInt32LE(keepalive.intervalS, offsets.keepalive_interval_s);
  bytes.writeUInt32LE(keepalive.probes, offsets.keepalive_probes);
}
