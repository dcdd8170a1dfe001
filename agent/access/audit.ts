/** Structured lines for each mutating call: what is about to be tried, and who, what, outcome for each socket or process. */

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import type { DestroyedSocket, ProcessId, Signal, SignalResult, Target } from '../protocol';
import { ownFolder, StartRefused } from '../system/root-folder';
import type { ClientIdentity } from '../system/users';

/** Who asked, and by which method. */
export interface Caller {
  readonly method: string;
  readonly client: ClientIdentity;
}

/** A process that is signalled. */
export interface SignalTarget extends ProcessId {
  /** Untrusted text. */
  readonly name: string;
  readonly signal: Signal;
}

export interface Audit {
  /** Before the act, so that no end of this process hides one. Throws where the log cannot be written. */
  intend(caller: Caller, targets: readonly (Target | SignalTarget)[]): void;
  /** What is done to no single socket or process. Throws where the log cannot be written. */
  note(caller: Caller, entry: object): void;
  /** After it; what cannot be written any more is said on standard error. */
  record(caller: Caller, result: DestroyedSocket | (SignalTarget & SignalResult)): void;
}

/** For the observer, which does nothing that its user could not do without it. */
export const noAudit: Audit = { intend() {}, note() {}, record() {} };

const folder = '/var/log/sockscope';

/**
 * Lines of JSON at the end of a file that only root can read, in a folder that only root can change. Results also go to
 * `echo`, where whoever started the agent sees them. Call it while still root. Throws StartRefused.
 */
export function openAudit(echo: (line: string) => void = () => {}): Audit {
  const file = openLog(`${folder}/audit.log`);
  return {
    intend: (caller, targets) => {
      if (targets.length > 0) writeSync(file, toLine({ ...caller, intends: targets }));
    },
    note: (caller, entry) => {
      writeSync(file, toLine({ ...caller, ...entry }));
    },
    record: (caller, result) => {
      const line = toLine({ ...caller, result });
      echo(line);
      try {
        writeSync(file, line);
      } catch (error) {
        console.error(`The audit log cannot be written: ${String(error)}`);
      }
    },
  };
}

/** A planted link, fifo or second name of another file is refused. */
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
