/** Recognizes a storm: too many attempts in a second to one server, for each connection to it that was lost. Pure. */

import type { Endpoint } from '../protocol';
import { remoteKey } from './drill-target';

/** More attempts than this in stormMs, for each lost connection, are a storm. */
export const stormAttempts = 20;
const stormMs = 1000;
/** Servers that are watched; those that come later are not. */
const maxServers = 1000;

export interface Storm {
  readonly remote: Endpoint;
  /** Connections whose replacements may have made these attempts. */
  readonly lost: number;
}

/** The times of the latest attempts to one server, as a ring. */
interface Latest {
  readonly lost: number;
  readonly times: number[];
  next: number;
}

export class StormMeter {
  readonly #lostTo: (remote: Endpoint) => number;
  readonly #servers = new Map<string, Latest>();
  #storm: Storm | null = null;

  /** `lostTo`: number of lost connections that an attempt to this remote may replace. */
  constructor(lostTo: (remote: Endpoint) => number) {
    this.#lostTo = lostTo;
  }

  /** The first one; null: there was none. */
  get storm(): Storm | null {
    return this.#storm;
  }

  /** Milliseconds; in order. */
  add(remote: Endpoint, at: number): void {
    if (this.#storm) return;
    const latest = this.#latestOf(remote);
    if (!latest) return;
    const { lost, times, next } = latest;
    const oldest = times[next];
    times[next] = at;
    latest.next = (next + 1) % (stormAttempts * lost);
    if (oldest !== undefined && at - oldest <= stormMs) this.#storm = { remote, lost };
  }

  #latestOf(remote: Endpoint): Latest | undefined {
    const key = remoteKey(remote);
    const known = this.#servers.get(key);
    if (known || this.#servers.size >= maxServers) return known;
    const latest = { lost: Math.max(1, this.#lostTo(remote)), times: [], next: 0 };
    this.#servers.set(key, latest);
    return latest;
  }
}
