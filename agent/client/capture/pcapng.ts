/** Blocks of a PCAPNG file (draft-ietf-opsawg-pcapng), little-endian: one section, one interface. Pure. */

/** Packets begin with their IP header. */
const linktypeRaw = 101;
const nanoseconds = 9;

const blockType = { section: 0x0a0d0d0a, interface: 1, statistics: 5, packet: 6 } as const;
const sectionOption = { comment: 1, os: 3, application: 4 } as const;
const interfaceOption = { name: 2, description: 3, timeResolution: 9 } as const;
const packetOption = { comment: 1, flags: 2 } as const;
const statisticsOption = { received: 4, dropped: 5 } as const;
/** Of the option `flags`. */
const directionFlag = { in: 1, out: 2 } as const;
const maxOption = 65_535;

interface FileHead {
  readonly comment: string;
  readonly application: string;
  readonly os: string;
  readonly snap: number;
}

export interface PcapngPacket {
  /** Nanoseconds since 1970. */
  readonly at: bigint;
  readonly direction: 'in' | 'out';
  /** Of the packet, of which `bytes` are the first. */
  readonly length: number;
  readonly bytes: Uint8Array;
  /** Empty: none. */
  readonly comment: string;
}

/** The blocks in front of the packets. */
export function fileHead({ comment, application, os, snap }: FileHead): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(0x1a2b3c4d, 0); // tells the byte order
  section.writeUInt16LE(1, 4); // version 1.0
  section.writeBigInt64LE(-1n, 8); // as long as the file
  const inter = Buffer.alloc(8);
  inter.writeUInt16LE(linktypeRaw, 0);
  inter.writeUInt32LE(snap, 4);
  return Buffer.concat([
    block(blockType.section, section, [
      textOption(sectionOption.comment, comment),
      textOption(sectionOption.os, os),
      textOption(sectionOption.application, application),
    ]),
    block(blockType.interface, inter, [
      textOption(interfaceOption.name, 'sockscope'),
      textOption(interfaceOption.description, 'packets of exactly the sockets that were named'),
      option(interfaceOption.timeResolution, Buffer.from([nanoseconds])),
    ]),
  ]);
}

export function packetBlock({ at, direction, length, bytes, comment }: PcapngPacket): Buffer {
  const head = Buffer.alloc(20); // of interface 0
  writeTime(head, 4, at);
  head.writeUInt32LE(bytes.length, 12);
  head.writeUInt32LE(length, 16);
  const flags = Buffer.alloc(4);
  flags.writeUInt32LE(directionFlag[direction]);
  const comments = comment === '' ? [] : [textOption(packetOption.comment, comment)];
  return block(blockType.packet, Buffer.concat([head, padded(bytes)]), [
    ...comments,
    option(packetOption.flags, flags),
  ]);
}

/** Behind the packets: how many there were, and how many more were lost. */
export function statisticsBlock(at: bigint, received: number, dropped: number): Buffer {
  const head = Buffer.alloc(12);
  writeTime(head, 4, at);
  return block(blockType.statistics, head, [
    option(statisticsOption.received, number64(received)),
    option(statisticsOption.dropped, number64(dropped)),
  ]);
}

export const statisticsSize = statisticsBlock(0n, 0, 0).length;

/** The upper half comes first, in either byte order. */
function writeTime(bytes: Buffer, offset: number, at: bigint): void {
  bytes.writeUInt32LE(Number(at >> 32n), offset);
  bytes.writeUInt32LE(Number(at & 0xffff_ffffn), offset + 4);
}

function number64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function block(type: number, body: Uint8Array, options: readonly Buffer[]): Buffer {
  const end = Buffer.alloc(4); // opt_endofopt
  const length = Buffer.alloc(4);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(type);
  const parts = [body, ...options, end];
  length.writeUInt32LE(12 + parts.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([head, length, ...parts, length]);
}

function option(code: number, value: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(code, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, padded(value)]);
}

function textOption(code: number, text: string): Buffer {
  return option(code, Buffer.from(text).subarray(0, maxOption));
}

/** To the next 32 bits. */
function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}
