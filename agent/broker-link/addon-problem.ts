/** Why this machine cannot load an addon that is there. The loader of glibc says of another processor's that there is no such file. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { AddonError } from '../common/addon-error';
import { installAgain } from '../common/incomplete';
import { StartExit } from '../common/start-exit';

/** e_machine (elf.h) of what is released. */
const processors: Readonly<Record<number, string>> = { 62: 'x64', 183: 'arm64' };

/** The first four bytes of such a file. */
const elf = 0x7f454c46;
const headerBytes = 64;

/** Null: the file is whole, and for this processor. A part of it would end Node.js by SIGBUS. */
export function problemOfFile(path: string): AddonError | null {
  const { header, size } = readHeader(path);
  if (header.readUInt32BE(0) !== elf || endOf(header) > size)
    return new AddonError(`The native part of Sockscope is damaged: ${path}. ${installAgain}`);
  const processor = processors[header.readUInt16LE(18)] ?? 'another processor';
  if (processor === process.arch) return null;
  return foreign(
    `is for ${processor}, and this machine is ${process.arch}. Install the Sockscope for linux-${process.arch}, or build it here with npm run build.`,
  );
}

function readHeader(path: string): { readonly header: Buffer; readonly size: number } {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(path, 'r');
  readSync(file, header);
  const { size } = fstatSync(file);
  closeSync(file);
  return { header, size };
}

/** Of the last part, which is the table of sections: its place, and the size and number of its rows. */
function endOf(header: Buffer): number {
  return Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
}

/** Of what dlopen said, which has no codes. */
export function problemOfLoading(path: string, said: string): AddonError {
  const [, version] = /version `(GLIBC\w*_[\d.]+)' not found/.exec(said) ?? [];
  if (version !== undefined)
    return foreign(
      `needs ${version}, and the C or C++ library of this system is older. Use Debian 10, Ubuntu 20.04, RHEL 8 or newer, or build it here with npm run build.`,
    );
  if (/ld-linux|ld-musl|__\w+_chk: symbol not found/.test(said))
    return foreign(
      'is for glibc, and this system has another C library, as Alpine Linux does. Install the Sockscope for Alpine, or build it here with npm run build.',
    );
  if (/Operation not permitted|failed to map/.test(said))
    return foreign(
      `may not be run from where it lies: ${path}. Install Sockscope in a folder that is not mounted with noexec.`,
    );
  return foreign(`cannot be loaded: ${said}. ${installAgain}`);
}

function foreign(what: string): AddonError {
  return new AddonError(`The native part of Sockscope ${what}`, StartExit.foreign);
}
