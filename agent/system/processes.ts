/** What /proc tells about processes, read as whoever this program runs as, and once for each process that is not new. */

import { readFileSync, readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { basename } from 'node:path';
import type { OwnerRecord } from '../broker-link/records';
import type { Container, ProcessId } from '../protocol';
import { cgroupPath, containerOf } from './cgroup';
import { parentOf } from './process-stat';

export type NamedOwner = OwnerRecord & { readonly command: string };

/** Longer command lines are cut: a row in a tree or table shows no more. */
const longest = 4096;

/** Milliseconds for which a working directory is taken as the same. */
const directoryMs = 10_000;

/**
 * Seconds for which a process counts as new. Between fork and exec it has its parent's command line, sockets and mostly name (all
 * Node programs are called MainThread), so what it is may be another thing at the next look.
 */
const newFor = 5;

/** Clock ticks of start times in a second (USER_HZ). */
const ticks = 100;

interface Process {
  readonly command: string;
  /** Null: in none, or it cannot be read. */
  readonly container: Container | null;
  /** As it was when the process was first seen: orphans are given to another one. 0: not known. */
  readonly parent: number;
  directory: { readonly path: string | null; readonly at: number } | null;
}

export class Processes {
  readonly #known = new Map<string, Process>();
  /** Keys of those that were new when they were read: in this look, and before. */
  readonly #new = new Set<string>();
  readonly #stale = new Set<string>();
  #sweepAt = 100;

  name(owner: OwnerRecord): NamedOwner {
    const { command } = this.#get(owner);
    return { ...owner, name: programName(owner.name, command), command };
  }

  container(owner: OwnerRecord): Container | null {
    return this.#get(owner).container;
  }

  /** What is said of it may be different at the next look. */
  isNew(owner: OwnerRecord): boolean {
    return this.#new.has(programKey(owner));
  }

  /** Pids from the process up; 0 and unknown ones end it. */
  lineage(owner: OwnerRecord): number[] {
    const pids = [owner.pid];
    for (let pid = this.#get(owner).parent; pid > 0 && !pids.includes(pid); pid = parentOf(pid))
      pids.push(pid);
    return pids;
  }

  /** Null: it cannot be read. */
  workingDirectory(owner: OwnerRecord): string | null {
    const known = this.#get(owner);
    if (!known.directory || Date.now() - known.directory.at > directoryMs)
      known.directory = { path: readDirectory(owner.pid), at: Date.now() };
    return known.directory.path;
  }

  /** Called at each look: those that are new are read again, and now and then those that hold none of these sockets forgotten. */
  keepOnly(sockets: readonly { readonly owners: readonly OwnerRecord[] }[]): void {
    for (const key of this.#new) this.#stale.add(key);
    this.#new.clear();
    if (this.#known.size <= this.#sweepAt) return;
    const seen = new Set(sockets.flatMap(({ owners }) => owners.map(programKey)));
    for (const key of this.#known.keys()) if (!seen.has(key)) this.#forget(key);
    this.#sweepAt = 2 * this.#known.size + 100;
  }

  #forget(key: string): void {
    this.#known.delete(key);
    this.#stale.delete(key);
  }

  #get(owner: OwnerRecord): Process {
    const key = programKey(owner);
    const known = this.#known.get(key);
    if (known && !this.#stale.delete(key)) return known;
    const path = cgroupPath(readText(owner.pid, 'cgroup'));
    const read: Process = {
      command: commandOf(owner.pid) || (known?.command ?? ''), // it may have ended
      container: path === null ? null : containerOf(path),
      parent: known?.parent ?? parentOf(owner.pid),
      directory: null,
    };
    if (uptime() - Number(owner.startTime) / ticks < newFor) this.#new.add(key);
    this.#known.set(key, read);
    return read;
  }
}

/** Words joined by blanks; empty where the process is gone, or hidden from this user. */
export function commandOf(pid: number): string {
  return readText(pid, 'cmdline').slice(0, longest).replace(/\0+$/, '').replaceAll('\0', ' ');
}

/** Since Node 22 every Node program calls its main thread MainThread, and with it the process: the program says more. */
export function programName(name: string, command: string): string {
  const [program] = command.split(' ');
  return name === 'MainThread' && program ? basename(program) : name;
}

/** As programName; empty where the process is gone, or hidden from this user. */
export function nameOf(pid: number, command: string): string {
  return programName(readText(pid, 'comm').replace(/\n$/, ''), command);
}

/** As OwnerRecord's: a process that mixes uids, or hides them from this user, counts as root's. */
export function singleUidOf(pid: number): number {
  const [, real, effective, saved] = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(readText(pid, 'status')) ?? [];
  return real !== undefined && real === effective && real === saved ? Number(real) : 0;
}

/** It has asked the kernel to drop this signal; false also where it hides that from this user. */
export function ignoresSignal(pid: number, signal: number): boolean {
  const [, ignored = '0'] = /^SigIgn:\s+([0-9a-f]+)/m.exec(readText(pid, 'status')) ?? [];
  return ((BigInt(`0x${ignored}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Key of a process for good, and for as long as it runs the same program. */
function programKey({ pid, startTime, name }: ProcessId & { readonly name: string }): string {
  return `${pid}/${startTime}/${name}`;
}

/** Empty where the process is gone, or hidden from this user. */
export function readText(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Null: gone, another user's, or hidden. */
export function readDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
