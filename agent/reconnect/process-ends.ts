/** Ends of drilled processes, and what takes their place. Pure: times are CLOCK_MONOTONIC milliseconds. */

import type { AttemptEvent } from '../broker-link/attempt-records';

type Exit = Extract<AttemptEvent, { kind: 'exit' }>;
type Fork = Extract<AttemptEvent, { kind: 'fork' }>;

export interface EndedProcess extends Pick<Exit, 'pid' | 'at' | 'code' | 'signal'> {
  /** The first that took its place. */
  restartedAs: Child | null;
  /** The pid of what runs in its place now, which may end and be replaced as well. */
  successor: number | null;
}

interface Child extends Pick<Fork, 'pid' | 'at'> {
  /** That of the process that has ended. */
  readonly parent: number;
}

export class ProcessEnds {
  /** Parents of the drilled processes, by pid. */
  readonly #parents: ReadonlyMap<number, number>;
  /** In order. */
  readonly #ends: EndedProcess[] = [];
  /** What parents of ended processes have started since, with its children: the same program, a helper or any other one. */
  readonly #candidates = new Map<number, Child>();

  constructor(parents: ReadonlyMap<number, number>) {
    this.#parents = parents;
  }

  get first(): EndedProcess | undefined {
    return this.#ends[0];
  }

  /** Of a drilled process. */
  add({ pid, at, code, signal }: Exit): void {
    if (this.#ends.some((end) => end.pid === pid)) return;
    this.#ends.push({ pid, at, code, signal, restartedAs: null, successor: null });
  }

  /** Of any process. */
  exited({ pid }: Exit): void {
    this.#candidates.delete(pid);
    for (const end of this.#ends) if (end.successor === pid) end.successor = null;
  }

  forked({ pid, parent, at }: Fork): void {
    const by = this.#candidates.get(parent)?.parent ?? parent;
    if (this.#ends.some((end) => this.#parents.get(end.pid) === by))
      this.#candidates.set(pid, { pid, at, parent: by });
  }

  isCandidate(pid: number): boolean {
    return this.#candidates.has(pid);
  }

  /**
   * A candidate that connects as the ended program did takes its place, unless another one has that. The pid of the ended process;
   * null: it is no candidate, or all have a successor.
   */
  replacedBy(pid: number): number | null {
    const child = this.#candidates.get(pid);
    const end = this.#ends.find(
      (one) => one.successor === null && this.#parents.get(one.pid) === child?.parent,
    );
    if (!child || !end) return null;
    this.#candidates.delete(pid);
    end.restartedAs ??= child;
    end.successor = pid;
    return end.pid;
  }

  /** Whether it has ended, and nothing has taken its place, or still may. */
  isGone(pid: number): boolean {
    const end = this.#ends.find((one) => one.pid === pid);
    if (!end || end.restartedAs !== null) return false;
    const parent = this.#parents.get(pid);
    return ![...this.#candidates.values()].some((child) => child.parent === parent);
  }
}
