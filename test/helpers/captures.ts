/** Captures of a client, and their files as tshark reads them. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CaptureLimits, type CaptureSummary, runCapture } from '../../agent/client/capture/run-capture';
import type { Client } from '../../agent/client/connect';
import { type CaptureParams, type CaptureStarted, limits } from '../../agent/protocol';
import { forLongMs } from './outages';
import { run } from './programs';

export interface FilePacket {
  readonly direction: 'in' | 'out';
  readonly comment: string;
  /** `127.0.0.1 40000 > 127.0.0.1 5432`. */
  readonly tuple: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly length: number;
  readonly captured: number;
  /** First sequence number of TCP. */
  readonly sequence: number;
  readonly isSyn: boolean;
  readonly payload: string;
}

export interface RunningCapture {
  readonly started: CaptureStarted;
  /** Ends it, and reads the file. */
  stop(): Promise<{ readonly packets: readonly FilePacket[]; readonly summary: CaptureSummary }>;
  /** Of itself. */
  readonly ended: Promise<CaptureSummary>;
  /** As it would be written to the file. */
  readonly bytes: () => Buffer;
}

export const unlimited: CaptureLimits = { bytes: 1e9, packets: Number.POSITIVE_INFINITY };

/** For long, and whole packets, unless said otherwise. Resolves when it runs. */
export async function capture(
  client: Client,
  folder: string,
  filter: string,
  more: Partial<CaptureParams> = {},
  bounds = unlimited,
): Promise<RunningCapture> {
  const stop = new AbortController();
  const written: Uint8Array[] = [];
  const bytes = () => Buffer.concat(written);
  let ended: Promise<CaptureSummary> | undefined;
  const started = await new Promise<CaptureStarted>((resolve, reject) => {
    const params = { filter, forMs: forLongMs, snap: limits.packet, ...more };
    ended = runCapture(client, params, bounds, stop.signal, {
      started: resolve,
      write: async (some) => void written.push(some),
    });
    ended.catch(reject);
  });
  assert.ok(ended);
  const running = ended;
  return {
    started,
    ended,
    bytes,
    stop: async () => {
      stop.abort();
      const summary = await running;
      const path = join(folder, 'capture.pcapng');
      writeFileSync(path, bytes());
      return { packets: await readPackets(path), summary };
    },
  };
}

const fields = [
  'frame.packet_flags_direction',
  'frame.comment',
  'ip.src',
  'ipv6.src',
  'tcp.srcport',
  'udp.srcport',
  'ip.dst',
  'ipv6.dst',
  'tcp.dstport',
  'udp.dstport',
  'frame.time_epoch',
  'frame.len',
  'frame.cap_len',
  'tcp.seq_raw',
  'tcp.flags.syn',
  'tcp.payload',
  'udp.payload',
] as const;

/** Fails where tshark finds a fault in the file. */
export async function readPackets(path: string): Promise<readonly FilePacket[]> {
  const words = fields.flatMap((field) => ['-e', field]);
  const whole = ['-o', 'tcp.desegment_tcp_streams:FALSE'];
  const { code, stdout, stderr } = await run([
    'tshark',
    '-n',
    '-r',
    path,
    ...whole,
    '-T',
    'fields',
    ...words,
  ]);
  assert.equal(code, 0, stderr);
  return stdout.split('\n').filter(Boolean).map(packetOf);
}

function packetOf(line: string): FilePacket {
  const values = line.split('\t');
  const of = (...names: (typeof fields)[number][]) =>
    names.map((name) => values[fields.indexOf(name)]).find(Boolean) ?? '';
  const from = `${of('ip.src', 'ipv6.src')} ${of('tcp.srcport', 'udp.srcport')}`;
  const to = `${of('ip.dst', 'ipv6.dst')} ${of('tcp.dstport', 'udp.dstport')}`;
  const flags = Number(of('frame.packet_flags_direction'));
  assert.ok(flags === 1 || flags === 2, `direction ${flags}`);
  return {
    direction: flags === 1 ? 'in' : 'out',
    comment: of('frame.comment'),
    tuple: `${from} > ${to}`,
    at: Number(of('frame.time_epoch')) * 1000,
    length: Number(of('frame.len')),
    captured: Number(of('frame.cap_len')),
    sequence: Number(of('tcp.seq_raw')),
    isSyn: of('tcp.flags.syn') === '1' || of('tcp.flags.syn') === 'True',
    payload: Buffer.from(of('tcp.payload', 'udp.payload').replaceAll(':', ''), 'hex').toString(),
  };
}

/** What was sent that way, put together; fails where a part is missing. What TCP has sent again, as its acknowledgement was late, counts once. */
export function streamOf(packets: readonly FilePacket[], direction: 'in' | 'out'): string {
  let text = '';
  /** Modulo 2 ** 32, as the sequence numbers are. */
  let next: number | undefined;
  for (const { sequence, payload, isSyn, ...packet } of packets) {
    if (packet.direction !== direction || (payload === '' && !isSyn)) continue;
    const again = ((next ?? sequence) - sequence) | 0;
    assert.ok(again >= 0, `${-again} bytes are missing behind "${text.slice(-20)}"`);
    const more = payload.slice(again);
    next = ((next ?? sequence) + more.length + (isSyn && again === 0 ? 1 : 0)) % 2 ** 32;
    text += more;
  }
  return text;
}
