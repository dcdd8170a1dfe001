/** Decodes what the broker could load. */

import { layout } from './native';

/** What the broker could load and attach; `log` says why something is missing, with the verifier's output. */
export interface BrokerFeatures {
  readonly list: boolean;
  readonly destroy: boolean;
  readonly sockDiagDestroy: boolean;
  /** Connect hooks, and all else that drills and outages need. */
  readonly hooks: boolean;
  readonly btf: boolean;
  /** The kernel reports socket changes. */
  readonly events: boolean;
  /** The timers of connections can be read. */
  readonly timers: boolean;
  /** Timers of connections can be set. */
  readonly tune: boolean;
  /** Connections that open, fail to open and end can be recorded. */
  readonly history: boolean;
  /** Packets can be captured. */
  readonly capture: boolean;
  readonly log: string;
}

export function decodeFeatures(payload: Buffer): BrokerFeatures {
  const { size, offsets } = layout.broker_features;
  const has = (feature: keyof typeof offsets) => payload.readUInt8(offsets[feature]) === 1;
  return {
    list: has('list'),
    destroy: has('destroy'),
    sockDiagDestroy: has('sock_diag_destroy'),
    hooks: has('hooks'),
    btf: has('btf'),
    events: has('events'),
    timers: has('timers'),
    tune: has('tune'),
    history: has('history'),
    capture: has('capture'),
    log: payload.subarray(size).toString('utf8'),
  };
}
