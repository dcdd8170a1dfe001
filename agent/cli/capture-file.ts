/** Where `sockscope capture` writes: a file, or standard output. */

import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DestinationFile, unwritableText } from '../client/capture/destination-file';
import { CommandError, Exit } from './exit';

export interface CaptureDestination {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Before anything is captured. `-`: standard output. Throws CommandError (usage) where it cannot be written. */
export function captureDestination(path: string, force: boolean): CaptureDestination {
  if (path === '')
    throw new CommandError(
      Exit.usage,
      'Where to? Add -w capture.pcapng, or -w - for a program: sockscope capture ... -w - | wireshark -k -i -',
    );
  if (path === '-') return standardOutput();
  if (requireWritable(path)?.isFile() && !force)
    throw new CommandError(Exit.usage, `"${path}" is there already: name another file, or add --force`);
  return new DestinationFile(path, force);
}

function standardOutput(): CaptureDestination {
  if (process.stdout.isTTY)
    throw new CommandError(
      Exit.usage,
      'Packets are no text for a terminal: name a file with -w, or add a program, such as | tshark -r -',
    );
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  return { write, close: async () => {} };
}

/** What is there. */
function requireWritable(path: string): Stats | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    accessSync(there ? path : dirname(path), constants.W_OK);
    return there;
  } catch (error) {
    throw new CommandError(Exit.usage, unwritableText(path, error));
  }
}
