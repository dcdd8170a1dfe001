/** A cgroup of one test, for processes that are frozen or killed together: what a user may do to the cgroup of his terminal. */

import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './programs';

/** Where the root of the cgroup2 hierarchy is mounted; null: nowhere. */
export function cgroup2Mount(): string | null {
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((mount) => mount.includes(' - cgroup2 ') && mount.split(' ')[3] === '/');
  return line?.split(' ')[4] ?? null;
}

let cgroups = 0;

export class Cgroup {
  /** The test's own one, and in it what bears the name. */
  readonly #outer: string;
  readonly path: string;

  constructor(mount: string, name: string) {
    this.#outer = join(mount, `sst-${process.pid}-${cgroups++}`);
    this.path = join(this.#outer, name);
    mkdirSync(this.path, { recursive: true });
  }

  /** With what it forks from now on. */
  take(pid: number): void {
    this.#write('cgroup.procs', pid);
  }

  async freeze(): Promise<void> {
    this.#write('cgroup.freeze', 1);
    await until('it is frozen', () => /^frozen 1$/m.test(this.#read('cgroup.events')));
  }

  thaw(): void {
    this.#write('cgroup.freeze', 0);
  }

  kill(): void {
    this.#write('cgroup.kill', 1);
  }

  async remove(): Promise<void> {
    await until('it is empty', () => this.#read('cgroup.procs') === '');
    for (const path of [this.path, this.#outer]) rmdirSync(path);
  }

  #read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  #write(file: string, value: number): void {
    writeFileSync(join(this.path, file), String(value));
  }
}
