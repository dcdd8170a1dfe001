/** A bounded ring of connection records, as they came from the kernel: the newest replace the oldest. */

import {
  type ConnectionRecord,
  connectionHead,
  connectionSize,
  copyProcess,
  decodeConnection,
  decodeProcess,
  portsKey,
} from '../broker-link/history-records';

export class HistoryRing {
  readonly #capacity: number;
  readonly #bytes: Buffer;
  /** 1: a later record of the same connection says more. */
  readonly #replaced: Uint8Array;
  /** Of connections that are open: the number of their record. */
  readonly #open = new Map<bigint, number>();
  #next = 0;
  #dropped = 0;
  #droppedAt = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bytes = Buffer.alloc(capacity * connectionSize);
    this.#replaced = new Uint8Array(capacity);
  }

  /** Records are numbered from 0 on; the first that is still there, and the next one to come. */
  get first(): number {
    return Math.max(0, this.#next - this.#capacity);
  }

  get next(): number {
    return this.#next;
  }

  /** How many were dropped that no later record replaced. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Time of the newest of them, in monotonic milliseconds; 0: none was. */
  get droppedAt(): number {
    return this.#droppedAt;
  }

  add(records: Buffer): void {
    for (let at = 0; at + connectionSize <= records.length; at += connectionSize) this.#add(records, at);
  }

  has(number: number): boolean {
    return number >= this.first && this.#replaced[number % this.#capacity] === 0;
  }

  record(number: number): ConnectionRecord {
    return decodeConnection(this.#bytes, this.#place(number));
  }

  /** Connections that are open, as far as their records are there. */
  openRecords(): ConnectionRecord[] {
    return [...this.#open.values()].map((number) => this.record(number));
  }

  /** Numbers of the records, by the ports of both ends. */
  byPorts(): Map<number, number[]> {
    const found = new Map<number, number[]>();
    for (let number = this.first; number < this.#next; number++) {
      if (!this.has(number)) continue;
      const key = this.portsOf(number);
      const numbers = found.get(key);
      if (numbers) numbers.push(number);
      else found.set(key, [number]);
    }
    return found;
  }

  portsOf(number: number): number {
    return portsKey(this.#bytes, this.#place(number));
  }

  #add(records: Buffer, from: number): void {
    const number = this.#next;
    if (number >= this.#capacity) this.#drop(number - this.#capacity);
    const place = this.#place(number);
    records.copy(this.#bytes, place, from, from + connectionSize);
    this.#replaced[number % this.#capacity] = 0;
    this.#next++;
    const { cookie, isOpened } = connectionHead(this.#bytes, place);
    this.#replace(cookie, place);
    if (isOpened) this.#open.set(cookie, number);
  }

  #drop(number: number): void {
    const { cookie, at } = connectionHead(this.#bytes, this.#place(number));
    if (this.#open.get(cookie) === number) this.#open.delete(cookie);
    if (this.#replaced[number % this.#capacity] === 1) return;
    this.#dropped++;
    this.#droppedAt = at;
  }

  #replace(cookie: bigint, place: number): void {
    const before = this.#open.get(cookie);
    if (before === undefined) return;
    this.#open.delete(cookie);
    this.#replaced[before % this.#capacity] = 1;
    if (!decodeProcess(this.#bytes, place)) copyProcess(this.#bytes, this.#place(before), this.#bytes, place);
  }

  #place(number: number): number {
    return (number % this.#capacity) * connectionSize;
  }
}
