/** Captures: the packets of exactly the connections that match. */

import { RequestType } from 'vscode-jsonrpc';
import type { Owner, Target } from './sockets';

export interface CaptureParams {
  /** As for destroying. */
  readonly filter: string;
  /** Milliseconds; 1 to limits.captureMs. */
  readonly forMs: number;
  /** Bytes of each packet that are kept, from the IP header on; 1 to limits.packet. */
  readonly snap: number;
}

/** The end that is captured. Where both ends match, it is the one that connected, or either where that cannot be told. */
export interface CapturedConnection extends Target {
  readonly owners: readonly Owner[];
}

export interface CaptureStarted {
  /** Those that live now; at most limits.captureConnections. */
  readonly connections: readonly CapturedConnection[];
  /** Whether those that connect meanwhile and match are captured, too: the filter names a remote or a process, and no living connection. */
  readonly follows: boolean;
  /** ISO 8601, UTC. */
  readonly endsAt: string;
}

export interface CapturedPacket {
  /**
   * Nanoseconds since 1970. Differences are the kernel's; the whole may be off by some milliseconds, and by more in what was not read
   * before a step of the clock.
   */
  readonly at: string;
  /** Cookie of the end that sends or gets it. */
  readonly cookie: string;
  readonly direction: 'in' | 'out';
  /** Bytes of the packet. */
  readonly length: number;
  /** Its first ones, in base64. */
  readonly bytes: string;
}

/** A socket that connects, or sends its first datagram, while the capture runs. */
export interface NewConnection {
  readonly cookie: string;
  /** 0: not in the agent's pid namespace. */
  readonly pid: number;
  /** Untrusted text. */
  readonly name: string;
}

export interface CaptureRead {
  /** In the order of each processor, which may not quite be that of their times. */
  readonly packets: readonly CapturedPacket[];
  readonly opened: readonly NewConnection[];
  /** Packets so far that came faster than they were read. */
  readonly lost: number;
  /** Nothing more comes. */
  readonly over: boolean;
}

/**
 * Starts a capture; access `act`: packets have contents. It ends after its time, when it is stopped, with this connection, and with
 * the agent. Within the scope `mine`, one's own processes hold the captured end. Errors: invalidFilter, notFound (nothing matches),
 * denied, readOnly, needsAgent, busy (there is one at a time), kernelRefused, brokerLost.
 */
export const startCapture = new RequestType<CaptureParams, CaptureStarted, void>('captures/start');

/** Waits for packets of the capture of this connection; access `act`. Errors: notFound, busy (one read at a time). */
export const readCapture = new RequestType<Record<string, never>, CaptureRead, void>('captures/read');

/** Ends it; what was captured can still be read; access `act`. Errors: notFound. */
export const stopCapture = new RequestType<Record<string, never>, null, void>('captures/stop');
