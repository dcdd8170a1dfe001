/** Ends an agent that nobody uses, from its start on. */
export class IdleExit {
  readonly #ms: number;
  readonly #end: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, end: () => void) {
    this.#ms = ms;
    this.#end = end;
    this.rest();
  }

  /** A client is there. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** The last client has gone. */
  rest(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, this.#ms);
  }
}
