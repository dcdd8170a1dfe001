/** The users, namespaces and programs of a file of agent tests; close() ends and removes them. */

import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from '../../agent/client/connect';
import { agentSocketPath } from '../../agent/common/agent-socket';
import { copiedFiles } from '../../agent/common/installed-files';
import { AgentProcess, type Served } from './agent-process';
import { Netns } from './netns';
import { createPlainUser, type PlainUser } from './plain-user';
import { end, type Finished, type RunOptions, run, start } from './programs';
import { Puppet } from './puppet';
import type { Site } from './site';

/** For `skip`. */
export const withoutRoot = process.getuid?.() === 0 ? false : 'network namespaces and the agent need root';

/** Debian's: another one first on PATH may lie in a home that a plain user cannot read. */
export const python = '/usr/bin/python3';

/** An unused uid, of this process alone: files run side by side, and a uid has one agent. */
const strangeId = 70_000 + (process.pid % 30_000); // /etc/subuid gives those from 100,000 on to users
export const stranger = { uid: strangeId, gid: strangeId };

interface Command extends RunOptions {
  readonly input?: string;
}

export interface CommandResult extends Finished {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the command line printed; the assertions check it
  readonly json: any;
}

export class Stage {
  /** Programs and victims, copied to where every user can read them. */
  readonly folder = mkdtempSync(join(tmpdir(), 'sockscope-test-'));
  readonly user: PlainUser = createPlainUser();
  readonly netns: Netns = Netns.make('a');
  readonly #endings: (() => unknown)[] = [];

  constructor() {
    chmodSync(this.folder, 0o755);
    for (const file of copiedFiles) copyFileSync(resolve('dist', file), join(this.folder, file));
    cpSync(resolve('test', 'helpers', 'victims'), this.folder, { recursive: true });
  }

  /** Called by close(), the newest first. */
  onClose(ending: () => unknown): void {
    this.#endings.push(ending);
  }

  makeNetns(suffix: string): Netns {
    const netns = Netns.make(suffix);
    this.onClose(() => netns.remove());
    return netns;
  }

  /** A puppet in the stage's namespace, as the stage's user. */
  puppet(runOptions: RunOptions = {}, interpreter = python): Promise<Puppet> {
    return this.victim([interpreter, join(this.folder, 'puppet.py')], runOptions);
  }

  /** A program with the protocol of puppets. */
  async victim(command: readonly string[], runOptions: RunOptions = {}): Promise<Puppet> {
    const puppet = await Puppet.start(command, { netns: this.netns, user: this.user, ...runOptions });
    this.onClose(() => puppet.stop());
    return puppet;
  }

  /** Creates a folder of the user for a server on this port. */
  site(port: number): Site {
    const folder = join(this.user.home, `${port}`);
    mkdirSync(folder);
    chownSync(folder, this.user.uid, this.user.gid);
    return { port, folder, shared: this.folder, user: this.user };
  }

  /** An agent in the stage's namespace, for the stage's user. */
  async agent(
    args: readonly string[] = [],
    served: Served = this.user,
    runOptions: RunOptions = { netns: this.netns },
  ): Promise<AgentProcess> {
    const agent = await AgentProcess.start(join(this.folder, 'agent.js'), args, served, runOptions);
    this.onClose(async () => {
      await agent.stop();
      rmSync(`/run/sockscope/${served.uid}`, { recursive: true, force: true });
    });
    return agent;
  }

  /** An observer, by default as the stage's user and in its namespace. */
  observer(runOptions: RunOptions = {}): Promise<Client> {
    return this.#clientOf([join(this.folder, 'agent.js'), 'observe'], runOptions);
  }

  /** A client of the user's agent with the user's uid: other connections of a test belong to root. */
  clientOfUser(): Promise<Client> {
    const path = JSON.stringify(agentSocketPath(this.user.uid));
    const relay = `process.stdin.pipe(require('node:net').connect(${path})).pipe(process.stdout)`;
    return this.#clientOf(['-e', relay], {});
  }

  /** A client over the standard streams of a Node program. */
  async #clientOf(words: readonly string[], runOptions: RunOptions): Promise<Client> {
    const around = { user: this.user, netns: this.netns, ...runOptions };
    const child = start([process.execPath, ...words], around, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.onClose(() => end(child));
    assert.ok(child.stdin && child.stdout);
    const { stdin, stdout } = child;
    const client = await Client.over(stdout, stdin, () => stdin.end());
    this.onClose(() => client.close());
    return client;
  }

  /** The command line, by default as the stage's user and in its namespace. */
  async sockscope(words: readonly string[], { input, ...runOptions }: Command = {}): Promise<CommandResult> {
    const command = [process.execPath, join(this.folder, 'sockscope.js'), ...words];
    const finished = await run(command, { user: this.user, netns: this.netns, ...runOptions }, input);
    const json = words.includes('--json') && finished.stdout ? JSON.parse(finished.stdout) : null;
    return { ...finished, json };
  }

  /** The command line as it names itself in advice: its copy is on no PATH. */
  command(...words: readonly string[]): string {
    return [process.execPath, join(this.folder, 'sockscope.js'), ...words].join(' ');
  }

  /** The command line as root, for the agent of the stage's user. */
  asRoot(words: readonly string[]): Promise<CommandResult> {
    return this.sockscope(words, { user: undefined, environment: { SUDO_UID: String(this.user.uid) } });
  }

  async close(): Promise<void> {
    const left: unknown[] = [];
    for (const ending of this.#endings.reverse()) {
      try {
        await ending();
      } catch (error) {
        left.push(error); // the others must still be ended
      }
    }
    this.netns.remove();
    await this.user.remove();
    rmSync(this.folder, { recursive: true });
    assert.deepEqual(left, []);
  }
}
