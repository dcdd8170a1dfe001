/** Recognizes a storm: too many attempts in a second of one pool, for each connection that it lost, or each server that it asks. Pure. */

import type { Endpoint } from '../protocol';
import { remoteKey } from './drill-target';

/** More attempts than this in stormMs, for each connection or server, are a storm. */
export const stormAttempts = 20;
const stormMs = 1000;
/** Attempts in stormMs, of all pools, that are kept; others do not count, so pools that lost more connections have no storm. */
const maxAttempts = 50_000;

/** Connections of one program to one service, whichever of its servers they are to. */
export interface Pool {
  readonly key: string;
  /** Those that were to be cut, which its attempts may replace. */
  readonly lost: number;
}

export interface Storm {
  /** Where its latest attempt went. */
  readonly remote: Endpoint;
  /** Of the attempts that made it. */
  readonly servers: number;
  /** Connections whose replacements may have made these attempts. */
  readonly lost: number;
}

/** What a pool did in the last stormMs. */
interface Recent {
  count: number;
  /** Attempts by server. */
  readonly servers: Map<string, number>;
}

export class StormMeter {
  readonly #poolOf: (pid: number, remote: Endpoint) => Pool;
  /** Those of the last stormMs, by time, from #first on. */
  #attempts: { readonly pool: string; readonly server: string; readonly at: number }[] = [];
  #first = 0;
  readonly #recent = new Map<string, Recent>();
  #storm: Storm | null = null;

  /** `poolOf`: the pool that an attempt belongs to. */
  constructor(poolOf: (pid: number, remote: Endpoint) => Pool) {
    this.#poolOf = poolOf;
  }

  /** The first one; null: there was none. */
  get storm(): Storm | null {
    return this.#storm;
  }

  /** `at`: milliseconds; in order. */
  add(attempt: { readonly pid: number; readonly remote: Endpoint; readonly at: number }): void {
    if (this.#storm) return;
    const { pid, remote, at } = attempt;
    this.#dropBefore(at - stormMs);
    if (this.#attempts.length - this.#first >= maxAttempts) return;
    const { key, lost } = this.#poolOf(pid, remote);
    const { count, servers } = this.#count(key, remoteKey(remote), at);
    if (count > stormAttempts * Math.max(lost, servers.size))
      this.#storm = { remote, servers: servers.size, lost };
  }

  #count(pool: string, server: string, at: number): Recent {
    this.#attempts.push({ pool, server, at });
    const recent = this.#recent.get(pool) ?? { count: 0, servers: new Map<string, number>() };
    this.#recent.set(pool, recent);
    recent.count++;
    recent.servers.set(server, (recent.servers.get(server) ?? 0) + 1);
    return recent;
  }

  #dropBefore(time: number): void {
    for (let oldest = this.#attempts[this.#first]; oldest && oldest.at < time; ) {
      this.#discount(oldest.pool, oldest.server);
      oldest = this.#attempts[++this.#first];
    }
    // Not each time, as it moves all that are left.
    if (this.#first <= this.#attempts.length / 2) return;
    this.#attempts = this.#attempts.slice(this.#first);
    this.#first = 0;
  }

  #discount(pool: string, server: string): void {
    const recent = this.#recent.get(pool);
    if (!recent) return;
    recent.count--;
    const left = (recent.servers.get(server) ?? 0) - 1;
    if (left > 0) recent.servers.set(server, left);
    else recent.servers.delete(server);
    if (recent.count === 0) this.#recent.delete(pool);
  }
}
