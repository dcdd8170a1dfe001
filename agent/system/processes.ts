/** Reads processes from /proc with this program's own rights, once for each process that is not new. */

import { readlinkSync } from 'node:fs';
import { uptime } from 'node:os';
import { basename } from 'node:path';
import { constants } from '../broker-link/native';
import type { OwnerRecord, ProgramRecord } from '../broker-link/records';
import { type Container, type ProcessId, processKey } from '../protocol';
import { cgroupPath, containerOf } from './cgroup';
import { commandLinesOf } from './command-line';
import { readText } from './proc-files';
import { parentOf, ticksPerSecond } from './process-stat';

export type NamedOwner = OwnerRecord & { readonly command: string };

/** Characters of a program's name, which stands in many sentences. */
const maxNameLength = 64;

/** Processes above one that are looked at; somebody may have made thousands. */
const maxLineage = 64;

/** A working directory is read again after this time. */
const directoryMaxAgeMs = 10_000;

/**
 * A younger process counts as new. Between fork and exec it has its parent's command line, sockets and mostly name (all Node
 * programs are called MainThread), so it may be another program at the next scan.
 */
export const newForSeconds = 5;

/** A process that no scan has named for so long may be forgotten. */
const unusedMs = 10_000;

/** One whose command line could not be read, as when it comes from a file system that hangs, is read again after this time. */
const unreadMs = 10_000;

/** A program as it was read last: the same object as long as it is read the same. */
export interface Program extends ProgramRecord {
  /** The program's name where the process has none of its own (comm is `MainThread`). */
  readonly name: string;
  readonly command: string;
  /** Null: none, or it cannot be read. */
  readonly container: Container | null;
  /** A part of an editor, a remote login or the agent. */
  readonly carriesSession: boolean;
  /** Bytes of it as a process of a message, in JSON. */
  readonly size: number;
}

interface Process extends Program {
  /** Its pid and those above it, as of when it was first seen: an orphan gets another parent later. */
  readonly lineage: readonly number[];
  directory: { readonly path: string | null; readonly at: number } | null;
  /** Monotonic milliseconds: when a scan has named it last. */
  usedAt: number;
}

interface Learned {
  readonly carriesSession: boolean;
  readonly command: string;
}

/** Working directories of processes, in order; null: gone, or not readable. */
export type ReadDirectories = (pids: readonly number[]) => Promise<readonly (string | null)[]>;

/** Whether processes carry sessions, in order. */
export type FindCarriers = (pids: readonly number[]) => Promise<readonly boolean[]>;

export class Processes {
  readonly #readDirectories: ReadDirectories;
  readonly #findCarriers: FindCarriers;
  /** Of those that are about to be read, by programKey. */
  readonly #learned = new Map<string, Learned>();
  readonly #known = new Map<string, Process>();
  /** Keys of processes that were new when they were read: since the last scan, and before it. */
  readonly #new = new Set<string>();
  readonly #stale = new Set<string>();
  /** Keys of those without a command line, and since when (monotonic milliseconds). */
  readonly #unread = new Map<string, number>();
  /** Parents of ancestors, as of the present scan: its processes have most of them in common. */
  readonly #parents = new Map<number, number>();
  #sweepAt = 100;

  constructor(readDirectories: ReadDirectories, findCarriers: FindCarriers) {
    this.#readDirectories = readDirectories;
    this.#findCarriers = findCarriers;
  }

  program(record: ProgramRecord): Program {
    return this.#find(record);
  }

  /** Pids from the process up to the first that is not known. */
  lineage(owner: ProgramRecord): readonly number[] {
    return this.#find(owner).lineage;
  }

  /** Those that the next scan reads: new ones. The others are named by it, and not forgotten meanwhile. */
  unread(programs: readonly ProgramRecord[]): ProgramRecord[] {
    const now = performance.now();
    return programs.filter((program) => {
      const key = programKey(program);
      const known = this.#known.get(key);
      if (known) known.usedAt = now;
      return !known || this.#stale.has(key);
    });
  }

  /** Call it before these are read: what carries a session is not for this process to find out, and a command line may not come. */
  async learn(owners: readonly ProgramRecord[]): Promise<void> {
    if (owners.length === 0) return;
    const pids = owners.map(({ pid }) => pid);
    const [carriers, commands] = await Promise.all([this.#findCarriers(pids), commandLinesOf(pids)]);
    for (const [at, owner] of owners.entries())
      this.#learned.set(programKey(owner), {
        carriesSession: carriers[at] === true,
        command: commands[at] ?? '',
      });
  }

  /** As of the last updateDirectories; null: it could not be read. */
  workingDirectory(owner: OwnerRecord): string | null {
    return this.#find(owner).directory?.path ?? null;
  }

  /** Reads the working directories of these processes, as far as they are not known, or too old. */
  async updateDirectories(owners: Iterable<OwnerRecord>): Promise<void> {
    const now = performance.now();
    const due = new Map<Process, number>();
    for (const owner of owners) {
      const known = this.#find(owner);
      if (!known.directory || now - known.directory.at > directoryMaxAgeMs) due.set(known, owner.pid);
    }
    if (due.size === 0) return;
    const paths = await this.#readDirectories([...due.values()]);
    for (const [at, known] of [...due.keys()].entries())
      known.directory = { path: paths[at] ?? null, at: now };
  }

  /** At each scan: marks new processes to be read again, and when their number has doubled drops those that no scan names any more. */
  beginScan(): void {
    this.#parents.clear();
    for (const key of this.#new) this.#stale.add(key);
    this.#new.clear();
    const now = performance.now();
    for (const [key, since] of this.#unread) if (since < now - unreadMs) this.#stale.add(key);
    if (this.#known.size <= this.#sweepAt) return;
    // Not those that another scan, which has not ended yet, is about to describe.
    const before = now - unusedMs;
    for (const [key, { usedAt }] of this.#known) if (usedAt < before) this.#forget(key);
    this.#sweepAt = 2 * this.#known.size + 100;
  }

  #forget(key: string): void {
    this.#known.delete(key);
    this.#stale.delete(key);
    this.#unread.delete(key);
  }

  #find(owner: ProgramRecord): Process {
    const key = programKey(owner);
    const known = this.#known.get(key);
    if (known && !this.#stale.delete(key)) return known;
    const learned = this.#learned.get(key);
    const path = cgroupPath(readText(owner.pid, 'cgroup'));
    const command = learned?.command || (known?.command ?? ''); // it may have ended
    const { pid, startTime } = owner;
    const name = programName(owner.name, command);
    const read: Process = {
      pid,
      startTime,
      name,
      command,
      container: path === null ? null : containerOf(path),
      carriesSession: learned?.carriesSession ?? known?.carriesSession ?? false,
      size: Buffer.byteLength(JSON.stringify([pid, startTime, name, command])),
      lineage: known?.lineage ?? this.#lineageOf(owner.pid),
      directory: null,
      usedAt: performance.now(),
    };
    if (uptime() - Number(owner.startTime) / ticksPerSecond < newForSeconds) this.#new.add(key);
    if (read.command === '') this.#unread.set(key, performance.now());
    else this.#unread.delete(key);
    this.#learned.delete(key);
    if (known && isSame(known, read)) return Object.assign(known, { directory: null });
    this.#known.set(key, read);
    return read;
  }

  #lineageOf(pid: number): number[] {
    const pids = new Set([pid]);
    for (
      let parent = parentOf(pid);
      parent > 0 && pids.size < maxLineage && !pids.has(parent);
      parent = this.#parentOfAncestor(parent)
    )
      pids.add(parent);
    return [...pids];
  }

  #parentOfAncestor(pid: number): number {
    const parent = this.#parents.get(pid) ?? parentOf(pid);
    this.#parents.set(pid, parent);
    return parent;
  }
}

/** Since Node 22 the name (comm) of every Node process: the program's name is used instead. */
export const nameless = 'MainThread';

export function programName(name: string, command: string): string {
  const [program] = command.split(' ');
  return name === nameless && program ? basename(program).slice(0, maxNameLength) : name;
}

/** As programName, for a command line that was read; empty where the process is gone, or hidden from this user. */
export function nameOf(pid: number, command: string): string {
  return programName(readText(pid, 'comm').replace(/\n$/, ''), command);
}

/** As in OwnerRecord: a process that mixes uids, or hides them from this user, counts as nobody's. */
export function singleUidOf(pid: number): number {
  const [, real, effective, saved] = /^Uid:\s+(\d+)\s+(\d+)\s+(\d+)/m.exec(readText(pid, 'status')) ?? [];
  return real !== undefined && real === effective && real === saved ? Number(real) : constants.noUid;
}

/** Whether it ignores this signal (SigIgn); false also where that cannot be read. */
export function ignoresSignal(pid: number, signal: number): boolean {
  const [, ignored = '0'] = /^SigIgn:\s+([0-9a-f]+)/m.exec(readText(pid, 'status')) ?? [];
  return ((BigInt(`0x${ignored}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** Identifies a process while it runs the same program. */
function programKey(process: ProcessId & { readonly name: string }): string {
  return `${processKey(process)}/${process.name}`;
}

function isSame(a: Program, b: Program): boolean {
  return (
    a.command === b.command && a.container?.id === b.container?.id && a.carriesSession === b.carriesSession
  );
}

/** The working directory; null: gone, another user's, or hidden. */
export function readDirectory(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}
