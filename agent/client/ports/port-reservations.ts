/**
 * Ports that sessions of this user have reserved, so that no two get the same: one file each, named by the port. A reservation ends when
 * it has not been asked for in a day, or when the folder that it is for is gone.
 */

import { randomUUID } from 'node:crypto';
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { isPort } from '../../protocol';
import { ownUid } from '../served-uid';

/** Whom a port is for: a name, or the absolute path of a folder; and the port at which the search began. */
export interface Purpose {
  readonly for: string;
  readonly from: number;
}

export const reservedMs = 24 * 60 * 60 * 1000;

export class PortReservations {
  readonly #folder: string;

  constructor(folder = reservationFolder()) {
    this.#folder = folder;
  }

  isReserved(port: number): boolean {
    return !hasExpired(this.#path(port));
  }

  /** Ascending. */
  portsFor(purpose: Purpose): number[] {
    const names = existsSync(this.#folder) ? readdirSync(this.#folder) : [];
    const ports = names.map(Number).filter(isPort);
    return ports.filter((port) => this.#isFor(port, purpose)).sort((one, other) => one - other);
  }

  /** False: somebody else has it. Throws where the file cannot be written. */
  reserve(port: number, purpose: Purpose): boolean {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return this.#create(port, purpose) || (this.#removeExpired(port) && this.#create(port, purpose));
  }

  /** From now on for a day. */
  renew(port: number): void {
    const now = new Date();
    utimesSync(this.#path(port), now, now);
  }

  release(port: number): void {
    rmSync(this.#path(port), { force: true });
  }

  #path(port: number): string {
    return join(this.#folder, String(port));
  }

  #isFor(port: number, purpose: Purpose): boolean {
    const path = this.#path(port);
    const found = readPurpose(path);
    return found?.for === purpose.for && found.from === purpose.from && !hasExpired(path);
  }

  /** Whole at once, and the kernel lets one of several succeed. */
  #create(port: number, purpose: Purpose): boolean {
    const path = this.#path(port);
    const aside = asideOf(path);
    writeFileSync(aside, JSON.stringify(purpose), { flag: 'wx', mode: 0o600 });
    try {
      linkSync(aside, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(aside);
    }
  }

  /** Moves it away first: somebody else may have removed it in the meantime, and made a new one, which then goes back. */
  #removeExpired(port: number): boolean {
    const path = this.#path(port);
    if (!hasExpired(path)) return false;
    const aside = asideOf(path);
    try {
      renameSync(path, aside);
    } catch {
      return true; // it is gone
    }
    try {
      const wasExpired = hasExpired(aside);
      if (!wasExpired) linkSync(aside, path);
      return wasExpired;
    } finally {
      rmSync(aside);
    }
  }
}

/** Of this call alone: a pid is given again, and in several containers at once. */
function asideOf(path: string): string {
  return `${path}.${randomUUID()}`;
}

/** Also one that is not there. */
function hasExpired(path: string): boolean {
  const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (changed === undefined || Date.now() - changed > reservedMs) return true;
  const purpose = readPurpose(path);
  return purpose !== null && isAbsolute(purpose.for) && !existsSync(purpose.for);
}

/** Null: it is none. */
function readPurpose(path: string): Purpose | null {
  try {
    const { for: whom, from }: Partial<Purpose> = JSON.parse(readFileSync(path, 'utf8'));
    return typeof whom === 'string' && isPort(from) ? { for: whom, from } : null;
  } catch {
    return null;
  }
}

/** Root's lie where nobody else writes, whatever the environment says. Of another user's folder, as su leaves it, none is used. */
function reservationFolder(): string {
  if (ownUid() === 0) return '/run/sockscope-ports';
  const { XDG_RUNTIME_DIR: runtime = '', XDG_STATE_HOME: state = '' } = process.env;
  const isOwn = isAbsolute(runtime) && lstatSync(runtime, { throwIfNoEntry: false })?.uid === ownUid();
  const base = isOwn ? runtime : isAbsolute(state) ? state : join(homedir(), '.local', 'state');
  return join(base, 'sockscope', 'ports');
}
