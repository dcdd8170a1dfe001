/** Ends an agent that has had no client for some time, from its start on. */
export class IdleExit {
  readonly #idleMs: number;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(idleMs: number, end: () => void) {
    this.#idleMs = idleMs;
    this.#end = end;
    this.idle();
  }

  /** Call when a client connects. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** Call when the last client has disconnected. */
  idle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, this.#idleMs);
  }
}
