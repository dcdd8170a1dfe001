/** The machine's files with some folders of its own, for tests of what is installed for all users. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Netns } from './netns';
import { end, type Finished, run, start, until } from './programs';

/** Each is empty at first, and nobody else's. /var/log and not the folder of the audit log, which a test removes. */
const ownFolders = ['/usr/local', '/etc/systemd/system', '/run/sockscope', '/var/log'];

/** A root in memory, so that a test can put files into / itself; all else are the machine's folders. */
const prepare = `
set -e
root=$1
shift
mount -t tmpfs -o mode=755 tmpfs "$root"
for path in /*; do
  if [ -L "$path" ]; then
    cp -a "$path" "$root$path"
  elif [ -d "$path" ]; then
    mkdir "$root$path"
    mount --rbind "$path" "$root$path"
  fi
done
for path; do
  [ -d "$root$path" ] || mkdir -p "$root$path"
  mount -t tmpfs -o mode=755 tmpfs "$root$path"
done
mkdir "$root/usr/local/lib" "$root/usr/local/sbin"
exec chroot "$root" sh -c 'echo ready; exec sleep infinity'
`;

interface Command {
  /** Without it, root. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string;
  readonly input?: string;
}

export class OwnRoot {
  readonly #holder: ChildProcess;
  readonly #folder: string;
  readonly #netns: Netns;

  private constructor(holder: ChildProcess, folder: string, netns: Netns) {
    this.#holder = holder;
    this.#folder = folder;
    this.#netns = netns;
  }

  static async make(netns: Netns): Promise<OwnRoot> {
    const folder = mkdtempSync(join(tmpdir(), 'sockscope-root-'));
    chmodSync(folder, 0o755);
    const command = ['unshare', '--mount', '--propagation=private', 'sh', '-c', prepare, 'sh', folder];
    const holder = start([...command, ...ownFolders], {}, { stdio: ['ignore', 'pipe', 'inherit'] });
    let isReady = false;
    holder.stdout?.once('data', () => {
      isReady = true;
    });
    await until('it is ready', () => isReady);
    return new OwnRoot(holder, folder, netns);
  }

  /** Where this process finds a file of that root. */
  at(path: string): string {
    return join(`/proc/${this.#holder.pid}/root`, path);
  }

  /** Of nsenter, for root's own commands. */
  get namespaces(): string[] {
    const { pid } = this.#holder;
    return [`--mount=/proc/${pid}/ns/mnt`, `--root=/proc/${pid}/root`, '--'];
  }

  /** A command in it, to be started by this process. */
  command(words: readonly string[], { user, cwd = '/' }: Command = {}): string[] {
    const { pid } = this.#holder;
    assert.ok(pid);
    const place = [`--root=/proc/${pid}/root`, `--wd=/proc/${pid}/root${cwd}`];
    const namespaces = [`--mount=/proc/${pid}/ns/mnt`, `--net=${this.#netns.path}`];
    const as = user ? ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--'] : [];
    return ['nsenter', ...namespaces, ...place, '--', ...as, ...words];
  }

  run(words: readonly string[], { environment, input, ...around }: Command = {}): Promise<Finished> {
    return run(this.command(words, around), { environment }, input);
  }

  async remove(): Promise<void> {
    await end(this.#holder);
    rmSync(this.#folder, { recursive: true });
  }
}
