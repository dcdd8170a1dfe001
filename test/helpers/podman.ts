/**
 * Real podman containers for a stage. Podman's storage lies in the stage's folder, and bridge, published ports and NAT rules in
 * the stage's network namespace, so the machine's own podman does not see them.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Finished, run, until, which } from './programs';
import { Puppet } from './puppet';
import { python, type Stage } from './stage';

export interface Container {
  readonly name: string;
  readonly id: string;
  /** Inode number of its network namespace. */
  readonly netns: number;
  /** The program in it, with its pid on the host. */
  readonly puppet: Puppet;
}

/** No seccomp: every filter takes kernel memory, and no socket depends on it. */
const unconfined = ['--security-opt', 'seccomp=unconfined'];

/** The interpreter that puppets need, and its libraries; the other programs in a container are busybox's. */
const mounted = ['/usr', '/lib', '/lib64'].filter((folder) => existsSync(folder));

export class Podman {
  /** The environment in which podman lists these containers. */
  readonly environment: Readonly<Record<string, string>>;
  /** The host's address in the containers' network. */
  readonly gateway = '10.78.0.1';
  /** The name of the network and the cgroup, which lie outside the stage's folder. */
  readonly #unique: string;
  readonly #folder: string;
  readonly #stage: Stage;

  private constructor(stage: Stage) {
    this.#stage = stage;
    this.#unique = stage.netns.name;
    this.#folder = join(stage.folder, 'podman');
    this.environment = {
      PATH: `${process.env.PATH}:/usr/sbin:/sbin`, // for its network plugins
      CONTAINERS_CONF: join(this.#folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: join(this.#folder, 'storage.conf'),
    };
    this.#configure();
    makeRoot(this.#root);
  }

  /** A network for containers, tried with one container; or the reason why podman cannot run any here. */
  static async make(stage: Stage): Promise<Podman | string> {
    for (const program of ['podman', 'runc', 'busybox']) if (!which(program)) return `there is no ${program}`;
    const podman = new Podman(stage);
    stage.onClose(() => podman.close());
    const network = [
      'network',
      'create',
      '--subnet=10.78.0.0/24',
      `--gateway=${podman.gateway}`,
      podman.#unique,
    ];
    const made = await podman.#ask(network);
    const tried = made.code === 0 ? await podman.#ask(podman.#run('trial', ['8080'], ['/bin/true'])) : made;
    return tried.code === 0
      ? podman
      : `podman cannot run containers here: ${tried.stderr.trim().split('\n').at(-1)}`;
  }

  /** A container whose program is a puppet. Ports are published at the host's 127.0.0.1 under the same number. */
  container(name: string, ...ports: string[]): Promise<Container> {
    return this.#start(name, this.#run(name, ports, [python, '/stage/puppet.py']));
  }

  /** A container into which this folder of the host is mounted, at the same place. */
  mounting(name: string, folder: string): Promise<Container> {
    return this.#start(name, this.#run(name, [], [python, '/stage/puppet.py'], [folder]));
  }

  /** The command line in a container, as this uid. */
  sockscope(name: string, uid: number, words: readonly string[]): Promise<Finished> {
    const command = [process.execPath, '/stage/sockscope.js', ...words];
    return this.#ask(['exec', `--user=${uid}`, name, ...command]);
  }

  async #start(name: string, command: readonly string[]): Promise<Container> {
    const pidHere = async () => Number(await this.#inspect('.State.Pid', name));
    const runOptions = { netns: this.#stage.netns, environment: this.environment };
    const puppet = await Puppet.start(['podman', ...command], runOptions, pidHere);
    this.#stage.onClose(() => puppet.stop());
    const netns = statSync(`/proc/${puppet.pid}/ns/net`).ino;
    const [id = ''] = await this.#inspect('.Id', name);
    return { name, id, netns, puppet };
  }

  /** Ends and removes containers; resolves when their monitors have ended as well. */
  async remove(...names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const monitors = await this.#inspect('.State.ConmonPid', ...names);
    await this.#podman('rm', '--force', ...names);
    for (const pid of monitors) await until(`monitor ${pid} has ended`, () => hasEnded(pid));
  }

  async close(): Promise<void> {
    const ids = await this.#podman('ps', '--all', '--quiet');
    await this.remove(...ids.split('\n').filter(Boolean));
    await this.#podman('network', 'rm', '--force', this.#unique);
    rmSync(join('/var/lib/cni/networks', this.#unique), { recursive: true, force: true });
    // Other tests remove cgroups of their own meanwhile.
    execFileSync('find', [
      '/sys/fs/cgroup',
      '-ignore_readdir_race',
      '-depth',
      '-type',
      'd',
      '-path',
      `*/${this.#unique}*`,
      '-delete',
    ]);
  }

  get #root(): string {
    return join(this.#folder, 'root');
  }

  /** crun refuses hosts with cgroups of both versions; the ulimits work on hosts that allow no more. */
  #configure(): void {
    for (const folder of ['root', 'storage', 'run', 'networks', 'volumes'])
      mkdirSync(join(this.#folder, folder), { recursive: true });
    writeFileSync(
      join(this.#folder, 'containers.conf'),
      `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
log_driver = "none"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
tmp_dir = "${join(this.#folder, 'run', 'libpod')}"
volume_path = "${join(this.#folder, 'volumes')}"
[network]
network_config_dir = "${join(this.#folder, 'networks')}"
`,
    );
    writeFileSync(
      join(this.#folder, 'storage.conf'),
      `[storage]
driver = "vfs"
graphroot = "${join(this.#folder, 'storage')}"
runroot = "${join(this.#folder, 'run')}"
`,
    );
  }

  /** The arguments that run a container in the foreground with its standard input open, from a folder instead of an image. */
  #run(
    name: string,
    ports: readonly string[],
    command: readonly string[],
    folders: readonly string[] = [],
  ): string[] {
    return [
      ...['run', '--interactive', '--stop-timeout=0', `--name=${name}`],
      ...[`--network=${this.#unique}`, `--cgroup-parent=/${this.#unique}`, ...unconfined],
      ...ports.map((port) => `--publish=127.0.0.1:${port}:${port}`),
      ...mounted.map((folder) => `--volume=${folder}:${folder}:ro`),
      ...folders.map((folder) => `--volume=${folder}:${folder}`),
      `--volume=${this.#stage.folder}:/stage:ro`,
      ...['--rootfs', this.#root, ...command],
    ];
  }

  async #inspect(field: string, ...names: readonly string[]): Promise<string[]> {
    const lines = await this.#podman('inspect', `--format={{${field}}}`, ...names);
    return lines.trim().split('\n');
  }

  async #podman(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#ask(words);
    assert.equal(code, 0, `podman ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  #ask(words: readonly string[]): Promise<Finished> {
    return run(['podman', ...words], { netns: this.#stage.netns, environment: this.environment });
  }
}

/** True for a zombie as well: its parent may reap it late. Podman gives pid 0 for an ended container. */
function hasEnded(pid: string): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

/** Busybox under the names of its applets, and empty folders for mounts. */
function makeRoot(root: string): void {
  for (const folder of ['bin', 'etc', 'tmp']) mkdirSync(join(root, folder));
  copyFileSync(which('busybox') ?? '', join(root, 'bin', 'busybox'));
  for (const name of ['sh', 'true']) symlinkSync('busybox', join(root, 'bin', name));
}
