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

/** What a connection without keepalive has for later is the kernel's default. */
const defaults = { idleS: 7200, intervalS: 75, probes: 9 };

function writeTuning(bytes: Buffer, { keepalive, userTimeoutMs }: Tuning): void {
  const { offsets } = layout.tcp_tuning;
  const isMeant = (value: unknown, flag: number) => (value === undefined ? 0 : flag);
  const settings =
    isMeant(keepalive, constants.tuning.keepalive) | isMeant(userTimeoutMs, constants.tuning.userTimeout);
  const { idleS, intervalS, probes } = keepalive ?? defaults;
  bytes.writeUInt32LE(settings, offsets.settings);
  bytes.writeUInt32LE(keepalive ? 1 : 0, offsets.keepalive);
  bytes.writeUInt32LE(idleS, offsets.keepalive_idle_s);
  bytes.writeUInt32LE(intervalS, offsets.keepalive_interval_s);
  bytes.writeUInt32LE(probes, offsets.keepalive_probes);
  bytes.writeUInt32LE(userTimeoutMs ?? 0, offsets.user_timeout_ms);
}
