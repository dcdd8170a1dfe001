/** The file of a capture, written as the user. */

import { constants } from 'node:fs';
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
        this.#file = await openForOneself(this.#path, this.#replaces);
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

/** What is there already is judged when it is open: its name may lead to something else by then. */
async function openForOneself(path: string, replaces: boolean): Promise<FileHandle> {
  const { O_WRONLY, O_CREAT, O_EXCL } = constants;
  try {
    return await open(path, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const file = await open(path, O_WRONLY);
  try {
    await takeForOneself(file, replaces);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Of others, neither a file nor a pipe gets the packets. A pipe or a device is no file to lose. */
async function takeForOneself(file: FileHandle, replaces: boolean): Promise<void> {
  const there = await file.stat();
  const isFile = there.isFile();
  if ((isFile || there.isFIFO()) && there.uid !== process.geteuid?.())
    throw Object.assign(new Error(), { code: 'EPERM' });
  if (!isFile) return;
  if (!replaces) throw Object.assign(new Error(), { code: 'EEXIST' });
  await file.chmod(0o600);
  await file.truncate();
}
