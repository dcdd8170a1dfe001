/** Parses the output of a program, in pieces as they come, for ports that it reports as taken. Pure. */

import { portInCommand } from './in-use-command';
import {
  complaintIn,
  isStackFrame,
  mayReport,
  type PortInUse,
  portNamed,
  withoutEscapes,
} from './in-use-text';

/** Characters kept of earlier output, and of a line that has not ended. */
const maxKeptLength = 4000;
/** Lines after a complaint that may still name its port, or that go on about the same one. */
const linesAfter = 15;

/** A line beside a complaint names its port only where it is about a server that starts, or that holds the port. */
const besideIt = /\bport\b|\bbind|\blisten|\bserver on\b|\bConnector\[|:\/\//i;
const isElsewhere =
  /\bconnect(?:s|ed|ing)?\b|\blistening\b|\b(?:started|ready|running|serving|available) (?:on|at)\b/i;
const isHolder = /\b(?:already|another|that is|that's)\b/i;

export class InUseReader {
  readonly #command: string;
  #unended = '';
  #before = '';
  /** Following lines that may name the port of a complaint; null: none is awaited. */
  #awaitedLines: number | null = null;
  /** Following lines that may repeat the last complaint. */
  #repeatedLines = 0;

  /** `command`: the command line of the program; empty: not known. */
  constructor(command: string) {
    this.#command = command;
  }

  /** Ports that this piece reports; may repeat earlier ones. */
  read(piece: string): readonly PortInUse[] {
    const text = this.#unended + piece;
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    this.#unended = text.slice(Math.max(end, text.length - maxKeptLength));
    return this.#readLines(text.length - end > maxKeptLength ? text : text.slice(0, end));
  }

  /** Ends an awaited complaint: no more output comes for now. */
  pause(): readonly PortInUse[] {
    const found = this.#readLines(this.#unended);
    this.#unended = '';
    return this.#awaitedLines === null ? found : [...found, ...this.#giveUpWaiting()];
  }

  #readLines(raw: string): readonly PortInUse[] {
    const text = withoutEscapes(raw);
    if (this.#awaitedLines === null && this.#repeatedLines === 0 && !mayReport(text)) {
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
    else if (complaint && this.#repeatedLines === 0) this.#awaitedLines ??= linesAfter;
    else if (this.#awaitedLines !== null) return this.#readAwaited(line);
    else if (this.#repeatedLines > 0) this.#repeatedLines--;
    return [];
  }

  #readAwaited(line: string): readonly PortInUse[] {
    const named = portBeside(line);
    if (named !== null) {
      this.#settle();
      return [{ port: named, protocol: 'tcp' }];
    }
    if (this.#awaitedLines !== null && --this.#awaitedLines === 0) return this.#giveUpWaiting();
    return [];
  }

  /** No line after the complaint named the port: takes it from the command, or from a line before. */
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
    this.#awaitedLines = null;
    this.#repeatedLines = linesAfter;
  }

  #remember(text: string): void {
    this.#before = (this.#before + text).slice(-maxKeptLength);
  }
}

function portBeside(line: string): number | null {
  if (!besideIt.test(line) || isStackFrame(line) || (isElsewhere.test(line) && !isHolder.test(line)))
    return null;
  return portNamed(line.slice(0, maxKeptLength))?.port ?? null;
}
