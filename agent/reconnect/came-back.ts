/** Counts how many of the connections that a round cut came back. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { Endpoint } from '../protocol';
import type { LoggedAttempt } from './attempt-log';
import { type Cut, remoteKey } from './drill-target';
import type { Pool } from './storm-meter';

export interface CameBack {
  /** Connections that came back. */
  readonly back: number;
  /** When the last of these was established. */
  readonly at: number;
  /** Families of processes that still lack a connection. */
  readonly lacking: ReadonlySet<number>;
}

/** Connections of one family to one port: the number lost by remote, and the new ones. */
interface Service {
  readonly family: number;
  readonly lost: Map<string, number>;
  readonly cuts: Cut[];
  total: number;
  readonly made: LoggedAttempt[];
}

export class Cuts {
  readonly #byCookie: ReadonlyMap<string, Cut>;
  readonly #cut = new Set<Cut>();
  /** Whether the destroyed ones are known; until then, and in a blackhole, every connection that ends counts as cut. */
  #isKnown = false;
  /** Family by pid. Processes that share a connection are a family, with their children: any of them may reconnect. */
  readonly #families = new Map<number, number>();
  /** Connections that are to be cut: of a family to a port, and of a family. */
  readonly #sizes = new Map<string, number>();

  constructor(cuts: readonly Cut[]) {
    this.#byCookie = new Map(cuts.map((cut) => [cut.cookie, cut]));
    for (const { pids } of cuts) this.#unite(pids);
    for (const { pids, remote } of cuts) {
      const family = this.#families.get(pids[0] ?? 0);
      for (const key of [`${family}`, `${family} ${remote.port}`])
        this.#sizes.set(key, (this.#sizes.get(key) ?? 0) + 1);
    }
  }

  /** What an attempt may replace: what its family has lost to its port or, to a port where it has lost nothing, all that it has lost. */
  poolOf(pid: number, { port }: Endpoint): Pool {
    const family = this.#families.get(pid);
    const key = `${family} ${port}`;
    return { key, lost: this.#sizes.get(key) ?? this.#sizes.get(`${family}`) ?? 1 };
  }

  /** Sets the cut connections to exactly these. */
  destroyed(cookies: readonly string[]): void {
    this.#cut.clear();
    this.#isKnown = true;
    for (const cookie of cookies) this.#add(cookie);
  }

  /** Records that a connection is no longer established. */
  ended(cookie: string): void {
    if (!this.#isKnown) this.#add(cookie);
  }

  /** Adds a process to the family of `by`, its parent or predecessor. */
  adopt(pid: number, by: number): void {
    const family = this.#families.get(by);
    if (family !== undefined) this.#families.set(pid, family);
  }

  familyOf(pid: number): number | undefined {
    return this.#families.get(pid);
  }

  /** The lost connections. */
  get all(): readonly Cut[] {
    return [...this.#cut];
  }

  get size(): number {
    return this.#cut.size;
  }

  /**
   * The largest number established at the same time: a connection that is made, lost and made again counts once. A new one
   * replaces a lost one to the same remote, or, where none was lost to its remote (a replica), any to the same port.
   */
  count(made: readonly LoggedAttempt[]): CameBack {
    const services = [...this.#services(made)];
    const counts = services.map((service) => ({ service, ...maxRestored(service) }));
    return {
      back: counts.reduce((sum, { back }) => sum + back, 0),
      at: Math.max(0, ...counts.map(({ at }) => at)),
      lacking: new Set(counts.flatMap(({ service, back }) => (back < service.total ? [service.family] : []))),
    };
  }

  /** By the cookie of a lost connection: when the one that replaces it, in the count above, was established. */
  backAt(made: readonly LoggedAttempt[]): ReadonlyMap<string, number> {
    const replacedAt = [...this.#services(made)].flatMap((service) => {
      const { back, at } = maxRestored(service);
      return back === 0 ? [] : replaced(service, at);
    });
    return new Map(replacedAt);
  }

  #services(made: readonly LoggedAttempt[]): Iterable<Service> {
    const services = new Map<string, Service>();
    for (const cut of this.#cut) {
      const { pids, remote } = cut;
      const family = this.#families.get(pids[0] ?? 0) ?? 0;
      const key = `${family} ${remote.port}`;
      const service: Service = services.get(key) ?? {
        family,
        lost: new Map<string, number>(),
        cuts: [],
        total: 0,
        made: [],
      };
      services.set(key, service);
      service.total++;
      service.cuts.push(cut);
      service.lost.set(remoteKey(remote), (service.lost.get(remoteKey(remote)) ?? 0) + 1);
    }
    for (const attempt of made)
      services.get(`${this.#families.get(attempt.pid)} ${attempt.remote.port}`)?.made.push(attempt);
    return services.values();
  }

  #add(cookie: string): void {
    const cut = this.#byCookie.get(cookie);
    if (cut) this.#cut.add(cut);
  }

  #unite(pids: readonly number[]): void {
    const [first] = pids;
    if (first === undefined) return;
    const known = new Set(pids.flatMap((pid) => this.#families.get(pid) ?? []));
    const family = [...known][0] ?? first;
    if (known.size > 1)
      for (const [pid, other] of this.#families) if (known.has(other)) this.#families.set(pid, family);
    for (const pid of pids) this.#families.set(pid, family);
  }
}

/** The lost connections that are replaced at a time, each by one that is established then: to the same remote, where there is one. */
function replaced({ lost, cuts, made }: Service, at: number): [string, number][] {
  const alive = made.filter(({ end, lostAt }) => (end ?? 0) <= at && (lostAt === null || lostAt > at));
  const same = new Map<string, LoggedAttempt[]>();
  const replicas: LoggedAttempt[] = [];
  for (const attempt of alive) {
    const key = remoteKey(attempt.remote);
    if (!lost.has(key)) replicas.push(attempt);
    else {
      const others = same.get(key) ?? [];
      others.push(attempt);
      same.set(key, others);
    }
  }
  return cuts.flatMap(({ cookie, remote }) => {
    const by = same.get(remoteKey(remote))?.shift() ?? replicas.shift();
    return by ? [[cookie, by.end ?? 0] as [string, number]] : [];
  });
}

/** The largest number of replaced connections at the same time, and since when. */
function maxRestored({ lost, total, made }: Service): { readonly back: number; readonly at: number } {
  const changes = made
    .flatMap(({ remote, end, lostAt }) => [
      { remote: remoteKey(remote), at: end ?? 0, by: 1 },
      ...(lostAt === null ? [] : [{ remote: remoteKey(remote), at: lostAt, by: -1 }]),
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const there = new Map<string, number>();
  let replicas = 0;
  let same = 0;
  let best = { back: 0, at: 0 };
  for (const { remote, at, by } of changes) {
    const wanted = lost.get(remote);
    if (wanted === undefined) replicas += by;
    else {
      const before = there.get(remote) ?? 0;
      there.set(remote, before + by);
      same += Math.min(wanted, before + by) - Math.min(wanted, before);
    }
    const back = Math.min(total, same + replicas);
    if (back > best.back) best = { back, at };
  }
  return best;
}
