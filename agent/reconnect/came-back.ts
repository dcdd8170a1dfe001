/** How many of the connections that a round cut came back. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { LoggedAttempt } from './attempt-log';
import { type Cut, remoteKey } from './drill-target';

export interface CameBack {
  /** Of those that were cut. */
  readonly back: number;
  /** When the last of these was there again. */
  readonly at: number;
  /** Families that lack one. */
  readonly lacking: ReadonlySet<number>;
}

/** Connections of one family to one port: those that it lost, by remote, and those that it made. */
interface Service {
  readonly family: number;
  readonly lost: Map<string, number>;
  total: number;
  readonly made: LoggedAttempt[];
}

export class Cuts {
  readonly #byCookie: ReadonlyMap<string, Cut>;
  readonly #cut = new Set<Cut>();
  /** Whether it is known which were destroyed; until then, and in a blackhole, those are cut that end. */
  #isKnown = false;
  /** By process. Processes that share a connection are a family, with all that they start: any of them may make it again. */
  readonly #families = new Map<number, number>();

  constructor(cuts: readonly Cut[]) {
    this.#byCookie = new Map(cuts.map((cut) => [cut.cookie, cut]));
    for (const { pids } of cuts) this.#unite(pids);
  }

  /** These were destroyed, and no other one. */
  destroyed(cookies: readonly string[]): void {
    this.#cut.clear();
    this.#isKnown = true;
    for (const cookie of cookies) this.#add(cookie);
  }

  /** It is no longer established. */
  ended(cookie: string): void {
    if (!this.#isKnown) this.#add(cookie);
  }

  /** A child of the other process, or what was started in its place. */
  adopt(pid: number, by: number): void {
    const family = this.#families.get(by);
    if (family !== undefined) this.#families.set(pid, family);
  }

  familyOf(pid: number): number | undefined {
    return this.#families.get(pid);
  }

  get size(): number {
    return this.#cut.size;
  }

  /**
   * As many as were there again at the same time: what is made, lost and made again came back once. A new connection is for the
   * remote that it goes to, and for any other one with the same port where nothing was lost there: a replica. `elsewhere`: the
   * port that stands for all others, where none is to a port that was lost.
   */
  count(made: readonly LoggedAttempt[], elsewhere: number | null): CameBack {
    const services = [...this.#services(made, elsewhere)];
    const counts = services.map((service) => ({ service, ...fullest(service) }));
    return {
      back: counts.reduce((sum, { back }) => sum + back, 0),
      at: Math.max(0, ...counts.map(({ at }) => at)),
      lacking: new Set(counts.flatMap(({ service, back }) => (back < service.total ? [service.family] : []))),
    };
  }

  #services(made: readonly LoggedAttempt[], elsewhere: number | null): Iterable<Service> {
    const services = new Map<string, Service>();
    for (const { pids, remote } of this.#cut) {
      const family = this.#families.get(pids[0] ?? 0) ?? 0;
      const key = `${family} ${elsewhere ?? remote.port}`;
      const service = services.get(key) ?? { family, lost: new Map(), total: 0, made: [] };
      services.set(key, service);
      service.total++;
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

/** The most that were made up for at the same time, and since when. */
function fullest({ lost, total, made }: Service): { readonly back: number; readonly at: number } {
  const changes = made
    .flatMap(({ remote, end, lostAt }) => [
      { remote: remoteKey(remote), at: end ?? 0, by: 1 },
      ...(lostAt === null ? [] : [{ remote: remoteKey(remote), at: lostAt, by: -1 }]),
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const there = new Map<string, number>();
  let standIns = 0;
  let same = 0;
  let best = { back: 0, at: 0 };
  for (const { remote, at, by } of changes) {
    const wanted = lost.get(remote);
    if (wanted === undefined) standIns += by;
    else {
      const before = there.get(remote) ?? 0;
      there.set(remote, before + by);
      same += Math.min(wanted, before + by) - Math.min(wanted, before);
    }
    const back = Math.min(total, same + standIns);
    if (back > best.back) best = { back, at };
  }
  return best;
}
