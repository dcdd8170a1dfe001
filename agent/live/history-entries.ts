/**
 * A bounded number of connections, as their records came from the kernel, one for each connection. Those that programs connected and
 * those that came in have places of their own: whoever connects to a listener pushes out nothing of the first.
 */

import {
  areEnds,
  type ConnectionRecord,
  connectionHead,
  connectionSize,
  copyProcess,
  decodeConnection,
  decodeProcess,
  endsHash,
  establishedApart,
} from '../broker-link/history-records';
import { PlaceChains } from './place-chains';

/** Entries with the same hash at which the other end of a connection is looked for: others may have made any number of them. */
const maxCandidates = 32;

export interface HistoryEntry extends ConnectionRecord {
  /** Milliseconds since 1970 of `at`, by the clock as it was when the record came. */
  readonly time: number;
}

export class HistoryEntries {
  readonly #capacity: number;
  readonly #bytes: Buffer;
  /** By place: milliseconds since 1970 at 0 of CLOCK_MONOTONIC, which stands still while the machine is suspended. */
  readonly #epochs: Float64Array;
  readonly #free: number[];
  /** By number, the oldest first. */
  readonly #places = new Map<number, number>();
  readonly #made = { count: 0, oldest: 0 };
  readonly #cameIn = { count: 0, oldest: 0 };
  /** Of connections that are open, by cookie: the number of their entry. */
  readonly #open = new Map<bigint, number>();
  readonly #ends: PlaceChains;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  #next = 0;
  #dropped = 0;
  #newestDropped = -1;
  #droppedTime = 0;

  /** `capacity`: of those that programs made, and as many that came in. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    // One more: a record is there before another leaves.
    const places = 2 * capacity + 1;
    this.#bytes = Buffer.alloc(places * connectionSize);
    this.#epochs = new Float64Array(places);
    this.#ends = new PlaceChains(places);
    this.#free = Array.from({ length: places }, (_, place) => place);
  }

  /** Entries are numbered from 0 on as their newest record comes: the number of the next one. */
  get next(): number {
    return this.#next;
  }

  /** How many were dropped for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Number of the newest of them; -1: none was. */
  get newestDropped(): number {
    return this.#newestDropped;
  }

  /** The time of the newest of them, in milliseconds since 1970; 0: none was. */
  get droppedTime(): number {
    return this.#droppedTime;
  }

  /** `epoch`: the time of day at 0 of CLOCK_MONOTONIC, as of now. */
  add(records: Buffer, epoch: number): void {
    for (let at = 0; at + connectionSize <= records.length; at += connectionSize)
      this.#add(records, at, epoch);
  }

  /** The oldest first. */
  numbers(): IterableIterator<number> {
    return this.#places.keys();
  }

  /** Whether it was neither dropped nor replaced by a newer one of its connection. */
  has(number: number): boolean {
    return this.#places.has(number);
  }

  entry(number: number): HistoryEntry {
    const place = this.#placeOf(number);
    const record = decodeConnection(this.#bytes, place * connectionSize);
    return { ...record, time: (this.#epochs[place] ?? 0) + record.at };
  }

  /** Entries of connections that are open. */
  open(): number[] {
    return [...this.#open.values()];
  }

  /** The other end of a connection, where it is one of the entries next to it; null: not found. */
  otherEnd(number: number): ConnectionRecord | null {
    const at = this.#placeOf(number) * connectionSize;
    let nearest: number | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const place of this.#ends.around(this.#placeOf(number), maxCandidates)) {
      const other = place * connectionSize;
      if (!areEnds(this.#bytes, at, other)) continue;
      const apart = establishedApart(this.#bytes, at, other);
      if (apart >= least) continue;
      nearest = other;
      least = apart;
    }
    return nearest === null ? null : decodeConnection(this.#bytes, nearest);
  }

  #add(records: Buffer, from: number, epoch: number): void {
    const place = this.#free.pop() ?? 0;
    const at = place * connectionSize;
    records.copy(this.#bytes, at, from, from + connectionSize);
    this.#epochs[place] = epoch;
    const { cookie, isOpened, opened } = connectionHead(this.#bytes, at);
    this.#replace(cookie, opened, at);
    const share = this.#shareOf(place);
    if (share.count === this.#capacity) this.#dropOldest(share);
    const number = this.#next++;
    this.#places.set(number, place);
    share.count++;
    if (opened > 0) this.#ends.add(place, endsHash(this.#bytes, at, this.#seed));
    if (isOpened) this.#open.set(cookie, number);
  }

  /** The entry of the same connection, of which the new record says all and more; a socket may have had another one. */
  #replace(cookie: bigint, opened: number, at: number): void {
    const before = this.#open.get(cookie);
    if (before === undefined) return;
    this.#open.delete(cookie);
    const earlier = this.#placeOf(before) * connectionSize;
    if (connectionHead(this.#bytes, earlier).opened !== opened) return;
    if (!decodeProcess(this.#bytes, at)) copyProcess(this.#bytes, earlier, this.#bytes, at);
    this.#remove(before);
  }

  #dropOldest(share: Share): void {
    const isOfShare = (place: number | undefined) => place !== undefined && this.#shareOf(place) === share;
    while (!isOfShare(this.#places.get(share.oldest))) share.oldest++;
    const number = share.oldest;
    const { cookie, time } = this.#headOf(number);
    if (this.#open.get(cookie) === number) this.#open.delete(cookie);
    this.#remove(number);
    this.#dropped++;
    this.#newestDropped = Math.max(this.#newestDropped, number);
    this.#droppedTime = Math.max(this.#droppedTime, time);
  }

  #remove(number: number): void {
    const place = this.#placeOf(number);
    this.#shareOf(place).count--;
    this.#ends.remove(place);
    this.#places.delete(number);
    this.#free.push(place);
  }

  #headOf(number: number) {
    const place = this.#placeOf(number);
    const head = connectionHead(this.#bytes, place * connectionSize);
    return { ...head, time: (this.#epochs[place] ?? 0) + head.at };
  }

  #shareOf(place: number): Share {
    return connectionHead(this.#bytes, place * connectionSize).isOut ? this.#made : this.#cameIn;
  }

  #placeOf(number: number): number {
    const place = this.#places.get(number);
    if (place === undefined) throw new RangeError(`No entry ${number}`);
    return place;
  }
}

interface Share {
  count: number;
  /** None of its numbers is lower. */
  oldest: number;
}
