/** Names and command lines of processes, read once for each process from /proc as whoever this program runs as. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { OwnerRecord } from './records';

export type NamedOwner = OwnerRecord & { readonly command: string };

/** Longer command lines are cut: a row in a tree or table shows no more. */
const longest = 4096;

export class CommandLines {
  readonly #byProcess = new Map<string, string>();

  name(owner: OwnerRecord): NamedOwner {
    const key = programKey(owner);
    let command = this.#byProcess.get(key);
    if (command === undefined) {
      command = readCommandLine(owner.pid);
      this.#byProcess.set(key, command);
    }
    return { ...owner, name: programName(owner.name, command), command };
  }

  /** Forgets every process that is not among these. */
  keepOnly(owners: readonly OwnerRecord[]): void {
    const seen = new Set(owners.map(programKey));
    for (const key of this.#byProcess.keys()) if (!seen.has(key)) this.#byProcess.delete(key);
  }
}

/** Since Node 22 every Node program calls its main thread MainThread, and with it the process: the program says more. */
function programName(name: string, command: string): string {
  const [program] = command.split(' ');
  return name === 'MainThread' && program ? basename(program) : name;
}

/** A pid alone may be another process by now, and a process another program. */
function programKey({ pid, startTime, name }: OwnerRecord): string {
  return `${pid}/${startTime}/${name}`;
}

function readCommandLine(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').slice(0, longest);
    return text.replace(/\0+$/, '').replaceAll('\0', ' ');
  } catch {
    return ''; // Gone, or hidden from this user.
  }
}
