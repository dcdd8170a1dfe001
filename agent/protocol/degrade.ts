/** Degrades: for a while, some packets of what matches vanish, it is slow, or all packets of one living connection vanish. */

import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { Direction } from './choices';
import type { Outage } from './outage';

export type Degrading =
  | {
      readonly kind: 'loss';
      /** So many of the packets vanish: 0.0001 to 100, in steps of 0.0001. */
      readonly percent: number;
      /** Chooses which: of each direction, the same ones of so many packets. An integer of 32 bits. */
      readonly seed: number;
    }
  | {
      readonly kind: 'rate';
      /** So many bytes of each connection pass, in each direction: minRate to maxRate, an integer. */
      readonly bytesPerSecond: number;
    }
  | {
      /** All packets of one connection vanish; new ones are not met. */
      readonly kind: 'half-open';
    };

export interface DegradeParams {
  /** As for an outage. `half-open`: one TCP connection must match, or one end of it. */
  readonly filter: string;
  readonly how: Degrading;
  /** As seen by the end that connected, where it is on this machine; `half-open`: by the end that matches. */
  readonly direction: Direction;
  /** Milliseconds; 1 to limits.outageMs. */
  readonly forMs: number;
  /** As for an outage. */
  readonly agreed?: readonly string[];
}

/** Of the packets of one direction, or of both. */
export interface Measured {
  /** Number of packets. */
  readonly seen: number;
  /** `rate`: they were held back, and TCP sends them again. */
  readonly dropped: number;
  /** What was dropped of what was seen; null: nothing was seen. */
  readonly percent: number | null;
  /** Data in the packets that passed, without headers. */
  readonly bytes: number;
  /** Over the whole time of the degrade. */
  readonly bytesPerSecond: number;
}

export interface DegradeResult {
  /** With its final counts. */
  readonly outage: Outage;
  readonly measured: Readonly<Record<Direction, Measured>>;
  /** `rate`: the sockets that it was for, each of which may have that rate; null: otherwise. */
  readonly sockets: number | null;
  /** It was stopped before its time. */
  readonly cancelled: boolean;
}

/**
 * Degrades, and measures; access `act`. It ends after its time, when it is cancelled ($/cancelRequest) or stopped (outages/stop),
 * and as an outage does. Live connections that match are not destroyed. Errors: as for outages/start, and noEffect: until its end, no
 * packet came or went; `rate`: no data did.
 */
export const runDegrade = new RequestType<DegradeParams & { readonly degrade: number }, DegradeResult, void>(
  'degrades/run',
);

/** Its rules are in force. `degrade`: the number that the client chose in its request. */
export const degradeStarted = new NotificationType<{ readonly degrade: number; readonly outage: Outage }>(
  'degrades/started',
);
