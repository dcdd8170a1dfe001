/** The file of a capture, written as the user. */

import { constants, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { t } from '../../common/translate';

/** It is made, or replaced, with the first packets: what was there is not lost to a capture that sees none. */
export class DestinationFile {
  readonly #path: string;
  readonly #replaces: boolean;
  #head: Uint8Array | null = null;
  #file: FileHandle | null = null;

  /** `replaces`: also a file that is there by then. */
  constructor(path: string, replaces: boolean) {
    this.#path = path;
    this.#replaces = replaces;
  }

  /** Rejects with an Error for the user. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#head === null) {
      this.#head = bytes;
      return;
    }
    try {
      if (this.#file === null) {
        // Others may not read it.
        this.#file = await open(this.#path, openFlags(this.#path, this.#replaces), 0o600);
        await this.#file.writeFile(this.#head);
      }
      await this.#file.writeFile(bytes);
    } catch (error) {
      throw new Error(unwritableText(this.#path, error));
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

export function unwritableText(path: string, error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return t('"{0}" cannot be written ({1}): name another file', path, code);
}

/** A pipe or a device is no file to lose. */
function openFlags(path: string, replaces: boolean): number {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  return (
    constants.O_WRONLY | constants.O_CREAT | (replaces || !isFile ? constants.O_TRUNC : constants.O_EXCL)
  );
}
