/** A copy of Sockscope in a root of its own, installed by a user with sudo. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { hashList, installFolder, launcher } from '../../agent/common/installed-files';
import { OwnRoot } from './own-root';
import type { Finished } from './programs';
import type { Stage } from './stage';

export const installedCommand = join(installFolder, launcher);

interface Run {
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Default: the one that runs the tests. */
  readonly runtime?: string;
  /** Default: the stage's. */
  readonly folder?: string;
}

export class Installed {
  private constructor(
    readonly stage: Stage,
    readonly root: OwnRoot,
  ) {}

  /** Nothing is installed yet. */
  static async prepare(stage: Stage): Promise<Installed> {
    copyFileSync(resolve('dist', 'THIRD-PARTY-NOTICES.md'), join(stage.folder, 'THIRD-PARTY-NOTICES.md'));
    const root = await OwnRoot.make(stage.netns);
    return new Installed(stage, root);
  }

  /** Where this process finds a file of the copy. */
  at(name = ''): string {
    return this.root.at(join(installFolder, name));
  }

  /** The command line of the stage's folder, which is no copy that sudo should run. */
  source(
    { runtime = process.execPath, folder = this.stage.folder }: Run,
    ...words: readonly string[]
  ): string[] {
    return [runtime, join(folder, 'sockscope.js'), ...words];
  }

  /** As the user, who types the password. */
  sudo(command: readonly string[], { environment, cwd }: Run = {}): Promise<Finished> {
    const { user } = this.stage;
    return this.root.run(['sudo', '--stdin', '--prompt=', '--', ...command], {
      user,
      input: `${user.password}\n`,
      ...(environment && { environment }),
      ...(cwd !== undefined && { cwd }),
    });
  }

  /** `sudo node sockscope.js agent install`. */
  install(words: readonly string[] = [], how: Run = {}): Promise<Finished> {
    return this.sudo(this.source(how, 'agent', 'install', ...words), how);
  }

  async installed(words: readonly string[] = []): Promise<string> {
    const { code, stdout, stderr } = await this.install(words);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  /** The command line of the stage's folder, as the user without sudo. */
  asUser(...words: readonly string[]): Promise<Finished> {
    return this.root.run(this.source({}, ...words), { user: this.stage.user });
  }

  /** The command of the copy as root. */
  asRoot(...words: readonly string[]): Promise<Finished> {
    return this.root.run([installedCommand, ...words]);
  }

  /** Changes a file of the copy as root would, with its hash. */
  rewrite(name: string, change: (text: string) => string): void {
    const before = readFileSync(this.at(name));
    const after = change(before.toString('utf8'));
    writeFileSync(this.at(name), after);
    const list = readFileSync(this.at(hashList), 'utf8');
    writeFileSync(this.at(hashList), list.replace(sha256(before), sha256(after)));
  }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
