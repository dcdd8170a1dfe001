/** Degrades: for a while, some packets of what matches vanish, or all of one living connection. */

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
export interface MeasuredLoss {
  readonly seen: number;
  readonly dropped: number;
  /** What was dropped of what was seen; null: nothing was seen. */
  readonly percent: number | null;
}

export interface DegradeResult {
  /** With its final counts. */
  readonly outage: Outage;
  readonly measured: Readonly<Record<Direction, MeasuredLoss>>;
  /** It was stopped before its time. */
  readonly cancelled: boolean;
}

/**
 * Degrades, and measures; access `act`. It ends after its time, when it is cancelled ($/cancelRequest) or stopped (outages/stop),
 * and as an outage does. Live connections that match are not destroyed. Errors: as for outages/start, and noEffect: until its end, no
 * packet came or went.
 */
export const runDegrade = new RequestType<DegradeParams & { readonly degrade: number }, DegradeResult, void>(
  'degrades/run',
);

/** Its rules are in force. `degrade`: the number that the client chose in its request. */
export const degradeStarted = new NotificationType<{ readonly degrade: number; readonly outage: Outage }>(
  'degrades/started',
);
