/** Network namespaces of one test, with loopback up. */

import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFile } from '../../agent/broker-link/native';

/**
 * An agent sees all namespaces, and whoever asks it for a port means one of its own. So the ports that the kernel chooses are
 * others for each file of tests, of which several run at the same time, in several suites. Those that a test names are to be others
 * as well.
 */
const chosen = { first: 23_000, each: 2000, shares: 16 };

/** For namespaces with thousands of sockets, which share these: nobody may be asked for one by its port. */
const ofCrowds = '55000 65535';

/** What Linux has. */
const usual = '32768 60999';

/** A share that nobody else has, for as long as this process lives. Where several runs have taken all, no harm is likely. */
function takeShare(): string {
  const folder = join(tmpdir(), 'sockscope-test-ports');
  mkdirSync(folder, { recursive: true });
  for (let share = 0; share < chosen.shares; share++) {
    const fd = openSync(join(folder, `${share}`), 'a');
    const first = chosen.first + chosen.each * share;
    if (lockFile(fd)) return `${first} ${first + chosen.each - 1}`;
    closeSync(fd);
  }
  return usual;
}

let ofFile: string | undefined;

export class Netns {
  readonly path: string;
  /** The namespace in socket records. */
  readonly inode: number;
  #removed = false;
  #hasCable = false;

  private constructor(readonly name: string) {
    this.path = `/run/netns/${name}`;
    this.inode = statSync(this.path).ino;
    ofFile ??= takeShare();
    this.sysctl('net.ipv4.ip_local_port_range', ofFile);
    // On a busy machine a FIN is sent again before its acknowledgement arrives; the second one finds a closed end, whose RST
    // would end the time-wait of the other (RFC 1337).
    this.sysctl('net.ipv4.tcp_rfc1337', 1);
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
    this.#hasCable = true;
    other.#hasCable = true;
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

  /** There will be thousands of sockets. */
  crowd(): void {
    this.sysctl('net.ipv4.ip_local_port_range', ofCrowds);
  }

  /** `net.ipv4.tcp_max_tw_buckets`, and others that belong to one namespace. */
  sysctl(name: string, value: number | string): void {
    execFileSync('nsenter', [`--net=${this.path}`, 'sysctl', '-q', '-w', `${name}=${value}`]);
  }

  /** May be called again. */
  remove(): void {
    if (this.#removed) return;
    this.#removed = true;
    // The kernel takes its time for that of a namespace that ends, and the next one to the same other has the same name.
    if (this.#hasCable) spawnSync('ip', ['-n', this.name, 'link', 'delete', 'cable']); // unless it went with the other end
    execFileSync('ip', ['netns', 'delete', this.name]);
  }
}
