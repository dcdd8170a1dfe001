/** Where a capture is written, as the user: a file, or standard output. */

import { accessSync, constants, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
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
  requireWritable(path, force);
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

/** It is made, or replaced, with the first packets: what was there is not lost to a capture that sees none. */
class DestinationFile implements CaptureDestination {
  readonly #path: string;
  readonly #force: boolean;
  #head: Uint8Array | null = null;
  #file: FileHandle | null = null;

  constructor(path: string, force: boolean) {
    this.#path = path;
    this.#force = force;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#head === null) {
      this.#head = bytes;
      return;
    }
    try {
      if (this.#file === null) {
        this.#file = await open(this.#path, openFlags(this.#path, this.#force), 0o600);
        await this.#file.writeFile(this.#head);
      }
      await this.#file.writeFile(bytes);
    } catch (error) {
      throw unwritable(this.#path, error, Exit.failed);
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** Others may not read it. A pipe or a device is no file to lose. */
function openFlags(path: string, force: boolean): number {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  const make = force || !isFile ? constants.O_TRUNC : constants.O_EXCL;
  return constants.O_WRONLY | constants.O_CREAT | make;
}

function requireWritable(path: string, force: boolean): void {
  let isFile: boolean;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    accessSync(there ? path : dirname(path), constants.W_OK);
    isFile = there?.isFile() ?? false;
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  } catch (error) {
    throw unwritable(path, error, Exit.usage);
  }
  if (isFile && !force)
    throw new CommandError(Exit.usage, `"${path}" is there already: name another file, or add --force`);
}

function unwritable(path: string, error: unknown, exit: Exit): CommandError {
  return new CommandError(
    exit,
    `"${path}" cannot be written (${(error as NodeJS.ErrnoException).code}): name another file`,
  );
}
