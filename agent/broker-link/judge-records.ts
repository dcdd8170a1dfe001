/** Encodes the question whether the scope allows to act on sockets and processes, and decodes the broker's verdicts. */

import type { ProcessId } from '../protocol';
import { constants, layout } from './native';

export type Verdict = keyof typeof constants.verdict;

export interface Judgement {
  readonly verdict: Verdict;
  /** Whether its connects, and the ends of its processes, are reported. */
  readonly watchable: boolean;
}

export function decodeJudgements(bytes: Buffer): Judgement[] {
  const { size, offsets } = layout.judge_reply;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => ({
    verdict: verdictName(bytes.readUInt32LE(index * size + offsets.verdict)),
    watchable: bytes.readUInt32LE(index * size + offsets.watchable) === 1,
  }));
}

export function encodeProcesses(processes: readonly ProcessId[]): Buffer {
  const { size, offsets } = layout.process_target;
  const bytes = Buffer.alloc(size * processes.length);
  processes.forEach(({ pid, startTime }, at) => {
    bytes.writeBigUInt64LE(BigInt(startTime), at * size + offsets.start_time);
    bytes.writeUInt32LE(pid, at * size + offsets.pid);
  });
  return bytes;
}

export function decodeVerdicts(bytes: Buffer): Verdict[] {
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) =>
    verdictName(bytes.readUInt32LE(4 * at)),
  );
}

/** Doubt means no. */
function verdictName(verdict: number): Verdict {
  const names = Object.keys(constants.verdict) as Verdict[];
  return names.find((name) => constants.verdict[name] === verdict) ?? 'denied';
}
