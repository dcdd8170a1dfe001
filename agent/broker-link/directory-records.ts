/** Decodes working directories of processes. */

import { layout } from './native';

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
