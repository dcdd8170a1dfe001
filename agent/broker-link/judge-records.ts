/** Encodes the question whether the scope allows to act on sockets, and decodes the broker's verdicts. */

import { type DestroyRecord, encodeTarget } from './destroy-records';
import { constants, layout } from './native';

export interface Judgement {
  readonly verdict: keyof typeof constants.verdict;
  /** Whether its connects, and the ends of its processes, are reported. */
  readonly watchable: boolean;
}

export function encodeJudged(targets: readonly DestroyRecord[]): Buffer {
  return Buffer.concat(targets.map(encodeTarget));
}

export function decodeJudgements(bytes: Buffer): Judgement[] {
  const { size, offsets } = layout.judge_reply;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => ({
    verdict: verdictName(bytes.readUInt32LE(index * size + offsets.verdict)),
    watchable: bytes.readUInt32LE(index * size + offsets.watchable) === 1,
  }));
}

/** Doubt means no. */
function verdictName(verdict: number): Judgement['verdict'] {
  const names = Object.keys(constants.verdict) as Judgement['verdict'][];
  return names.find((name) => constants.verdict[name] === verdict) ?? 'denied';
}
