/** Encodes signals, and decodes what the broker reads of processes: working directories, and files of /proc/PID. */

import { constants as os } from 'node:os';
import type { ProcessId, Signal } from '../protocol';
import { constants, layout } from './native';

/** Texts by their names below /proc/PID. */
export type ProcessFiles = ReadonlyMap<string, string>;

/** In the order of the request; null: the process has ended, or is not within the scope. */
export function decodeDirectories(bytes: Buffer): (string | null)[] {
  const { size, offsets } = layout.working_directory;
  const paths: (string | null)[] = [];
  for (let at = 0; at + size <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + offsets.length);
    const failed = bytes.readInt32LE(at + offsets.error) !== 0;
    at += size;
    paths.push(failed ? null : bytes.toString('utf8', at, at + length));
    at += length;
  }
  return paths;
}

/** Likewise. */
export function decodeProcessFiles(bytes: Buffer): (ProcessFiles | null)[] {
  const { size, offsets } = layout.process_files;
  const found: (ProcessFiles | null)[] = [];
  for (let at = 0; at + size <= bytes.length; ) {
    const header = bytes.subarray(at, at + size);
    at += size;
    const files = new Map<string, string>();
    for (const [index, name] of constants.processFiles.entries()) {
      const length = header.readUInt32LE(offsets.lengths + 4 * index);
      files.set(name, bytes.toString('utf8', at, at + length));
      at += length;
    }
    found.push(header.readInt32LE(offsets.error) === 0 ? files : null);
  }
  return found;
}

export function encodeSignal({ pid, startTime }: ProcessId, signal: Signal, refused: boolean): Buffer {
  const { size, offsets } = layout.signal_request;
  const bytes = Buffer.alloc(size);
  bytes.writeBigUInt64LE(BigInt(startTime), offsets.start_time);
  bytes.writeUInt32LE(pid, offsets.pid);
  bytes.writeUInt32LE(os.signals[`SIG${signal}`], offsets.signal);
  bytes.writeUInt32LE(Number(refused), offsets.refused);
  return bytes;
}
