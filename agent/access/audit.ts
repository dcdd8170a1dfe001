/** The audit log: one JSON line before each mutating call, and one for each socket or process with client, target, outcome. */

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import type { DestroyedSocket, ProcessId, Signal, SignalResult, Target } from '../protocol';
import { ownFolder, StartRefused } from '../system/root-folder';
import type { ClientIdentity } from '../system/users';

/** The client, and the method that it called. */
export interface Caller {
  readonly method: string;
  readonly client: ClientIdentity;
}

/** A process to signal. */
export interface SignalTarget extends ProcessId {
  /** Untrusted text. */
  readonly name: string;
  readonly signal: Signal;
}

export interface Audit {
  /** Logs targets before anything is done to them, so that a crash of the agent hides nothing. Throws where the log cannot be written. */
  intend(caller: Caller, targets: readonly (Target | SignalTarget)[]): void;
  /** Logs an action without a single target, such as an outage. Throws where the log cannot be written. */
  note(caller: Caller, entry: object): void;
  /** Logs a result. Where the log cannot be written, it says so on standard error. */
  record(caller: Caller, result: DestroyedSocket | (SignalTarget & SignalResult)): void;
}

/** For the observer, which has no privileges that its user lacks. */
export const noAudit: Audit = { intend() {}, note() {}, record() {} };

const folder = '/var/log/sockscope';

/**
 * Opens the log: only root can read the file, and only root can change its folder. Results also go to `echo`, for the terminal
 * that started the agent. Call it while still root. Throws StartRefused.
 */
export function openAudit(echo: (line: string) => void = () => {}): Audit {
  const file = openLog(`${folder}/audit.log`);
  const writeLine = lineWriter(file);
  return {
    intend: (caller, targets) => {
      if (targets.length > 0) writeLine(toLine({ ...caller, intends: targets }));
    },
    note: (caller, entry) => {
      writeLine(toLine({ ...caller, ...entry }));
    },
    record: (caller, result) => {
      const line = toLine({ ...caller, result });
      echo(line);
      try {
        writeLine(line);
      } catch (error) {
        console.error(`The audit log cannot be written: ${String(error)}`);
      }
    },
  };
}

/**
 * Appends each line by one write. Throws where only a part of it fits (the disk is full, or somebody limits the file size of this
 * process), so that no act follows; the next line then begins on a new one.
 */
export function lineWriter(file: number): (line: string) => void {
  let isCut = false;
  return (line) => {
    const bytes = Buffer.from(isCut ? `\n${line}` : line);
    const written = writeSync(file, bytes);
    isCut = written !== bytes.length;
    if (isCut) throw new Error(`Only ${written} of ${bytes.length} bytes fit into the audit log`);
  };
}

/** Refuses a planted symbolic link, fifo or hard link. */
function openLog(path: string): number {
  ownFolder(folder, 0o700);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  const stats = fstatSync(file);
  if (!stats.isFile() || stats.uid !== 0 || stats.nlink !== 1)
    throw new StartRefused(`${path} is not a file of root's alone: remove it, then start the agent again`);
  return file;
}

function toLine(entry: object): string {
  return `${JSON.stringify({ at: new Date().toISOString(), ...entry })}\n`;
}
