/** Makes a module of sock_diag one that was built without CONFIG_INET_DIAG_DESTROY: its handlers have no function that destroys. */

import { readFileSync, writeFileSync } from 'node:fs';
import { Failure } from '../../lib/run.mjs';

/** Of ELF for 64 bits. */
const sizeOf = { section: 64, symbol: 24, relocation: 24 };
const typeOf = { symbols: 2, relocations: 4, function: 2, absolute: 1, none: 0 };

const textAt = (file, offset) => file.toString('latin1', offset, file.indexOf(0, offset));

function sectionsOf(file) {
  const start = Number(file.readBigUInt64LE(0x28));
  const sections = Array.from({ length: file.readUInt16LE(0x3c) }, (_, index) => {
    const at = start + index * sizeOf.section;
    return {
      nameAt: file.readUInt32LE(at),
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      size: Number(file.readBigUInt64LE(at + 0x20)),
      link: file.readUInt32LE(at + 0x28),
    };
  });
  const names = sections[file.readUInt16LE(0x3e)];
  return sections.map((section) => ({ ...section, name: textAt(file, names.offset + section.nameAt) }));
}

function* entriesOf({ offset, size }, entrySize) {
  for (let at = offset; at < offset + size; at += entrySize) yield at;
}

function symbolsOf(file, sections) {
  const table = sections.find(({ type }) => type === typeOf.symbols);
  const names = sections[table.link];
  return [...entriesOf(table, sizeOf.symbol)].map((at) => ({
    name: textAt(file, names.offset + file.readUInt32LE(at)),
    type: file[at + 4] & 0xf,
    section: file.readUInt16LE(at + 6),
    value: file.readBigUInt64LE(at + 8),
  }));
}

const signatureEnd = '~Module signature appended~\n';

/**
 * A module without its signature, which lies behind it with 12 bytes of its own, the last 4 of which are its size (struct
 * module_signature in include/linux/module_signature.h). One that is altered is refused with a signature, and loaded without one.
 */
function unsigned(file) {
  if (!file.subarray(-signatureEnd.length).equals(Buffer.from(signatureEnd))) return file;
  const end = file.length - signatureEnd.length;
  return file.subarray(0, end - 12 - file.readUInt32BE(end - 4));
}

/** The handlers are constants. A relocation of no type leaves the zero that stands there. */
export function removeDestroy(path) {
  const file = unsigned(readFileSync(path));
  const sections = sectionsOf(file);
  const symbols = symbolsOf(file, sections);
  const destroys = symbols.filter(
    ({ name, type }) => type === typeOf.function && /^[a-z]+_diag_destroy$/.test(name),
  );
  const constants = sections.find(({ name }) => name === '.rela.rodata');
  let removed = 0;
  for (const at of entriesOf(constants, sizeOf.relocation)) {
    const { section, value } = symbols[file.readUInt32LE(at + 12)];
    const target = value + file.readBigUInt64LE(at + 16);
    if (file.readUInt32LE(at + 8) !== typeOf.absolute) continue;
    if (!destroys.some((each) => each.section === section && each.value === target)) continue;
    file.writeUInt32LE(typeOf.none, at + 8);
    removed++;
  }
  if (removed === 0 || removed !== destroys.length)
    throw new Failure(`${path}: ${removed} of ${destroys.length} functions that destroy were removed`);
  writeFileSync(path, file);
}
