/** Network namespaces of a test's own, with loopback up. */

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

export class Netns {
  readonly path: string;
  /** As sockets carry it. */
  readonly inode: number;

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

  remove(): void {
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}
