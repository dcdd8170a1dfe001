/** Network namespaces of one test, with loopback up. */

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

export class Netns {
  readonly path: string;
  /** The namespace in socket records. */
  readonly inode: number;
  #removed = false;

  private constructor(readonly name: string) {
    this.path = `/run/netns/${name}`;
    this.inode = statSync(this.path).ino;
  }

  static make(suffix: string): Netns {
    const name = `sst-${process.pid}-${suffix}`;
    execFileSync('ip', ['netns', 'add', name]);
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    return new Netns(name);
  }

  /** A veth cable to another namespace: this end is 10.77.0.1 and fd77::1, the other 10.77.0.2 and fd77::2. Removed with either. */
  join(other: Netns): void {
    execFileSync('ip', [
      '-n',
      this.name,
      'link',
      'add',
      'cable',
      'type',
      'veth',
      'peer',
      'cable',
      'netns',
      other.name,
    ]);
    for (const [{ name }, host] of [
      [this, 1],
      [other, 2],
    ] as const) {
      execFileSync('ip', ['-n', name, 'addr', 'add', `10.77.0.${host}/24`, 'dev', 'cable']);
      execFileSync('ip', ['-n', name, 'addr', 'add', `fd77::${host}/64`, 'dev', 'cable', 'nodad']);
      execFileSync('ip', ['-n', name, 'link', 'set', 'cable', 'up']);
    }
  }

  /** Sets the cable down. */
  cut(): void {
    execFileSync('ip', ['-n', this.name, 'link', 'set', 'cable', 'down']);
  }

  /** `net.ipv4.tcp_max_tw_buckets`, and others that belong to one namespace. */
  sysctl(name: string, value: number): void {
    execFileSync('nsenter', [`--net=${this.path}`, 'sysctl', '-q', '-w', `${name}=${value}`]);
  }

  /** May be called again. */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}
