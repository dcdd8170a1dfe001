/** Runs a capture, and writes what comes as PCAPNG, until its time or a limit is reached or it is stopped. */

import { release } from 'node:os';
import { processText } from '../../common/process-text';
import { version } from '../../common/version';
import { socketOwnersText } from '../../common/wording';
import {
  type CapturedConnection,
  type CapturedPacket,
  type CaptureParams,
  type CaptureRead,
  type CaptureStarted,
  formatTuple,
  readCapture,
  startCapture,
  stopCapture,
  visibleText,
} from '../../protocol';
import type { Requester } from '../requester';
import { fileHead, packetBlock, statisticsBlock, statisticsSize } from './pcapng';

export interface CaptureLimits {
  /** Of the file. */
  readonly bytes: number;
  readonly packets: number;
}

export interface CaptureSummary {
  readonly packets: number;
  readonly in: number;
  readonly out: number;
  /** Packets of which only the first bytes were kept. */
  readonly cut: number;
  /** Packets that came faster than they were read. */
  readonly lost: number;
  /** That lived at the start. */
  readonly connections: number;
  /** That were made meanwhile. */
  readonly opened: number;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly endedBy: 'time' | 'stopped' | 'packets' | 'size';
}

interface CaptureOutput {
  /** It runs; called before anything is written. */
  readonly started: (started: CaptureStarted) => void;
  /** The head of the file at once, then packets. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  readonly progress?: (summary: CaptureSummary) => void;
}

/** Rejects as captures/start and captures/read do, and where `write` does. Then the capture is stopped. */
export async function runCapture(
  agent: Requester,
  params: CaptureParams,
  limits: CaptureLimits,
  stop: AbortSignal,
  output: CaptureOutput,
): Promise<CaptureSummary> {
  const started = await agent.request(startCapture, params);
  const end = () => void agent.request(stopCapture, {}).catch(() => {}); // it may be over
  stop.addEventListener('abort', end);
  try {
    if (stop.aborted) end();
    output.started(started);
    const file = new CaptureFile(params, limits, started, output.write);
    await file.begin();
    for (let over = false; !over; ) {
      const read = await agent.request(readCapture, {});
      over = read.over;
      if (await file.add(read)) end();
      output.progress?.(file.summary('time'));
    }
    await file.finish();
    return file.summary(stop.aborted ? 'stopped' : 'time');
  } catch (error) {
    end();
    throw error;
  } finally {
    stop.removeEventListener('abort', end);
  }
}

/** What is written, and its counts. */
class CaptureFile {
  readonly #params: CaptureParams;
  readonly #limits: CaptureLimits;
  readonly #write: CaptureOutput['write'];
  readonly #connections: number;
  /** For the first packet of each; by cookie. */
  readonly #comments: Map<string, string>;
  #opened = 0;
  #bytes = 0;
  #in = 0;
  #out = 0;
  #cut = 0;
  #lost = 0;
  #lastAt = 0n;
  #limit: 'packets' | 'size' | null = null;

  constructor(
    params: CaptureParams,
    limits: CaptureLimits,
    { connections }: CaptureStarted,
    write: CaptureOutput['write'],
  ) {
    this.#params = params;
    this.#limits = limits;
    this.#write = write;
    this.#connections = connections.length;
    this.#comments = new Map(connections.map((each) => [each.cookie, commentOf(each)]));
  }

  begin(): Promise<void> {
    return this.#append(
      fileHead({
        comment: `Sockets that match ${visibleText(this.#params.filter)}`,
        application: `Sockscope ${version}`,
        os: `Linux ${release()}`,
        snap: this.#params.snap,
      }),
    );
  }

  /** Whether a limit is reached: what comes then is left out. */
  async add({ packets, opened, lost }: CaptureRead): Promise<boolean> {
    if (this.#limit) return true;
    this.#lost = lost;
    for (const { cookie, pid, name } of opened) {
      this.#opened++;
      this.#comments.set(cookie, `${processText({ name, pid })}, connected meanwhile, cookie ${cookie}`);
    }
    const blocks: Buffer[] = [];
    let bytes = this.#bytes;
    for (const packet of packets) {
      const block = this.#blockOf(packet);
      if (this.#in + this.#out >= this.#limits.packets) this.#limit = 'packets';
      else if (bytes + block.length > this.#limits.bytes - statisticsSize) this.#limit = 'size';
      if (this.#limit) break;
      bytes += block.length;
      blocks.push(block);
      this.#count(packet);
    }
    if (blocks.length > 0) await this.#append(Buffer.concat(blocks));
    if (this.#in + this.#out >= this.#limits.packets) this.#limit = 'packets';
    return this.#limit !== null;
  }

  async finish(): Promise<void> {
    if (this.#in + this.#out === 0) return;
    await this.#append(statisticsBlock(this.#lastAt, this.#in + this.#out, this.#lost));
  }

  summary(endedBy: CaptureSummary['endedBy']): CaptureSummary {
    return {
      packets: this.#in + this.#out,
      in: this.#in,
      out: this.#out,
      cut: this.#cut,
      lost: this.#lost,
      connections: this.#connections,
      opened: this.#opened,
      bytes: this.#bytes,
      endedBy: this.#limit ?? endedBy,
    };
  }

  #blockOf({ at, cookie, direction, length, bytes }: CapturedPacket): Buffer {
    const comment = this.#comments.get(cookie) ?? '';
    return packetBlock({ at: BigInt(at), direction, length, bytes: Buffer.from(bytes, 'base64'), comment });
  }

  #count({ at, cookie, direction, length, bytes }: CapturedPacket): void {
    this.#comments.delete(cookie);
    if (direction === 'in') this.#in++;
    else this.#out++;
    if (Buffer.byteLength(bytes, 'base64') < length) this.#cut++;
    this.#lastAt = BigInt(at);
  }

  async #append(bytes: Buffer): Promise<void> {
    await this.#write(bytes);
    this.#bytes += bytes.length;
  }
}

/** `node (pid 42), tcp 127.0.0.1:40000 -> 127.0.0.1:5432, cookie 4711`. */
function commentOf(connection: CapturedConnection): string {
  const { cookie, owners } = connection;
  return `${socketOwnersText({ owners, ownersLeftOut: 0, inode: '0' })}, ${formatTuple(connection)}, cookie ${cookie}`;
}
