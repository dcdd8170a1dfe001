/** Reads what a program prints, in pieces as they come, for ports that it says are taken. Pure. */

import { portInCommand } from './in-use-command';
import { complaintIn, isStackFrame, mayTell, type PortInUse, portNamed, withoutEscapes } from './in-use-text';

/** Characters kept of what was read already, and of a line that has not ended. */
const maxKeptLength = 4000;
/** Lines after a complaint that may still name its port, or that go on about the same one. */
const linesAfter = 15;

/** A port's name beside a complaint, where every other number must not be taken for one. */
const besideIt = /\bport\b|\bbind|\blisten|:\/\//i;

export class InUseReader {
  readonly #command: string;
  #unended = '';
  #before = '';
  /** Lines to come that may name the port of a complaint; null: nobody waits for one. */
  #awaited: number | null = null;
  /** Lines to come that repeat what is known. */
  #known = 0;

  /** `command`: what prints it; empty where that is not known. */
  constructor(command: string) {
    this.#command = command;
  }

  /** Ports that this piece tells of; may be some of before again. */
  read(piece: string): readonly PortInUse[] {
    const text = this.#unended + piece;
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    this.#unended = text.slice(Math.max(end, text.length - maxKeptLength));
    return this.#readLines(text.length - end > maxKeptLength ? text : text.slice(0, end));
  }

  /** Nothing more comes for now: what is still open is answered as well as it can be. */
  pause(): readonly PortInUse[] {
    const found = this.#readLines(this.#unended);
    this.#unended = '';
    return this.#awaited === null ? found : [...found, ...this.#giveUpWaiting()];
  }

  #readLines(raw: string): readonly PortInUse[] {
    const text = withoutEscapes(raw);
    if (this.#awaited === null && this.#known === 0 && !mayTell(text)) {
      this.#remember(text);
      return [];
    }
    return text.split(/[\r\n]+/).flatMap((line) => {
      const found = this.#readLine(line);
      this.#remember(`${line}\n`);
      return found;
    });
  }

  #readLine(line: string): readonly PortInUse[] {
    if (line === '' || isStackFrame(line)) return [];
    const complaint = complaintIn(line);
    if (complaint?.kind === 'port') {
      const { port, protocol } = complaint.port;
      this.#settle();
      return [{ port, protocol }];
    }
    if (complaint?.kind === 'path') this.#settle();
    else if (complaint && this.#known === 0) this.#awaited ??= linesAfter;
    else if (this.#awaited !== null) return this.#awaitedIn(line);
    else if (this.#known > 0) this.#known--;
    return [];
  }

  #awaitedIn(line: string): readonly PortInUse[] {
    const named = portBeside(line);
    if (named !== null) {
      this.#settle();
      return [{ port: named, protocol: 'tcp' }];
    }
    if (this.#awaited !== null && --this.#awaited === 0) return this.#giveUpWaiting();
    return [];
  }

  /** No line after it named the port: the command does, or a line before it. */
  #giveUpWaiting(): readonly PortInUse[] {
    this.#settle();
    const port = portInCommand(this.#command) ?? this.#portBefore();
    return port === null ? [] : [{ port, protocol: 'tcp' }];
  }

  #portBefore(): number | null {
    for (const line of this.#before.split('\n').reverse()) {
      const port = portBeside(line);
      if (port !== null) return port;
    }
    return null;
  }

  #settle(): void {
    this.#awaited = null;
    this.#known = linesAfter;
  }

  #remember(text: string): void {
    this.#before = (this.#before + text).slice(-maxKeptLength);
  }
}

function portBeside(line: string): number | null {
  return besideIt.test(line) && !isStackFrame(line)
    ? (portNamed(line.slice(0, maxKeptLength))?.port ?? null)
    : null;
}
