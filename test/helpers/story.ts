/** A story of test/e2e: a plain user, a VS Code Server of his, and a window on it. Its steps build on each other. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { createPlainUser, type PlainUser } from './plain-user';
import { StoryProgram } from './story-program';
import {
  createServerFor,
  dataFolderOf,
  launchBrowser,
  type Surroundings,
  serverFolderOf,
  serverIn,
  type User,
  type VSCodeServer,
} from './vscode-server';
import { Workbench } from './workbench';

export interface Window {
  /** A path, or the URI of a virtual folder; without it, the project. */
  readonly folder?: string;
  readonly around?: Surroundings;
  readonly context?: BrowserContextOptions;
  /** Of the editor, as in `vscode.env.language`; without it, English. */
  readonly language?: string;
}

export class Story {
  #user: PlainUser | undefined;
  #workbench: Workbench | undefined;
  #vscode: VSCodeServer | undefined;
  #browser: Browser | undefined;
  readonly #programs: StoryProgram[] = [];
  readonly step = makeStep(() => this);

  /** Begins before the tests of the file, and then does `prepare`; ends after them. */
  constructor(prepare: () => Promise<void>) {
    before(async () => {
      await this.#begin();
      await prepare();
    });
    after(() => this.#end());
  }

  get user(): PlainUser {
    assert.ok(this.#user);
    return this.#user;
  }

  /** The window that was opened last. */
  get workbench(): Workbench {
    assert.ok(this.#workbench);
    return this.#workbench;
  }

  /** A folder in the user's home. */
  get project(): string {
    return join(this.user.home, 'project');
  }

  async #begin(): Promise<void> {
    this.#user = createPlainUser();
    this.#vscode = await createServerFor(this.#user);
    mkdirSync(this.project);
    this.#browser = await launchBrowser();
  }

  /** A program of test/e2e, as a process of the user. */
  run(name: string, ...words: readonly string[]): StoryProgram {
    const program = new StoryProgram(this.user, join(serverFolderOf(this.user), 'node'), [
      this.copy(name, this.user.home),
      ...words,
    ]);
    this.#programs.push(program);
    return program;
  }

  /** Of a file of test/e2e, for the user to read. */
  copy(name: string, folder: string): string {
    const target = join(folder, name);
    cpSync(resolve('test', 'e2e', name), target);
    chmodSync(target, 0o644);
    return target;
  }

  /** An extension of test/e2e, beside the packaged one. */
  async installFolder(cwd: string): Promise<void> {
    const { createVSIX } = await import('@vscode/vsce');
    const packagePath = join(this.user.home, `${basename(cwd)}.vsix`);
    await createVSIX({
      cwd,
      packagePath,
      dependencies: false,
      allowMissingRepository: true,
      skipLicense: true,
    });
    chmodSync(packagePath, 0o644);
    this.#vscode?.installExtension(packagePath);
  }

  /** Starts the server, in these surroundings. */
  async open({ folder = this.project, around, context, language }: Window = {}): Promise<void> {
    if (around) this.#vscode = await serverIn(this.user, around);
    assert.ok(this.#vscode && this.#browser);
    const port = await this.#vscode.start();
    const opened = await this.#browser.newContext({
      viewport: { width: 1300, height: 850 },
      reducedMotion: 'reduce', // without a graphics card, each frame is drawn by the processor
      ...context,
    });
    if (language !== undefined) await opened.addInitScript(displayLanguage(language));
    this.#workbench = new Workbench(await opened.newPage());
    await this.#workbench.open(port, folder);
  }

  /** The window and its server. */
  async close(): Promise<void> {
    await this.workbench.page.context().close();
    await this.#vscode?.stop();
  }

  /** At the question of sudo, in the active terminal. */
  async enterPassword(password = this.user.password): Promise<void> {
    await this.workbench.terminalShows(/password[^:]*: *$/i);
    await this.workbench.typeInTerminal(password);
  }

  /** The status bar has it, and the view no row that starts one. */
  async agentRuns(): Promise<void> {
    await this.workbench.status('agent').waitFor();
    await this.workbench.row('Start Agent').waitFor({ state: 'hidden' });
  }

  /** All that is said in the dialog, once it is shown; where a line must not end there is a space as everywhere. */
  async question(): Promise<string> {
    await this.workbench.dialog.waitFor();
    return ((await this.workbench.dialog.textContent()) ?? '').replaceAll('\u00a0', ' ');
  }

  #end(): Promise<void> {
    return endAll([
      () => this.#user && stopAgentOf(this.#user),
      () => this.#browser?.close(),
      () => this.#vscode?.stop(),
      ...this.#programs.map((program) => () => program.stop()),
      () => this.#user?.remove(),
    ]);
  }
}

/**
 * As the script of a language pack sets it. The workbench's own texts, which that script has too, stay English; extensions and their
 * manifests have bundles of their own.
 */
function displayLanguage(language: string): string {
  return `globalThis._VSCODE_NLS_LANGUAGE = ${JSON.stringify(language)};`;
}

/** Surroundings with a mount namespace of their own, where that file is none to run or to open. */
export function without(path: string): string[] {
  return ['unshare', '--mount', 'sh', '-c', 'mount --bind /dev/null "$0" && exec "$@"', path];
}

type Step = (name: string, work: () => Promise<void>) => Promise<void>;

/** On a failure, saves a screenshot and the logs; the steps after it fail at once. */
export function makeStep(context: () => { readonly user: User; readonly workbench: Workbench }): Step {
  let failed = false;
  return async (name, work) => {
    assert.equal(failed, false, 'an earlier step failed');
    try {
      await work();
    } catch (error) {
      failed = true;
      const { user, workbench } = context();
      await workbench.screenshot(`failed ${name}`);
      const logs = join(dataFolderOf(user), 'data', 'logs');
      cpSync(logs, resolve('build', 'test-results', 'e2e-logs'), { recursive: true });
      throw error;
    }
  };
}

/** The agent of this user, if one runs: through the command line that came with the extension. */
export function stopAgentOf(user: User): void {
  if (!existsSync(`/run/sockscope/${user.uid}/agent.sock`)) return;
  const extensions = join(dataFolderOf(user), 'extensions');
  const [folder = ''] = readdirSync(extensions).filter((name) => name.startsWith('sockscope.'));
  const command = join(extensions, folder, 'dist', 'sockscope.js');
  const node = join(serverFolderOf(user), 'node');
  const env = { PATH: process.env.PATH, HOME: user.home };
  execFileSync('runuser', ['-u', user.name, '--', node, command, 'agent', 'stop'], { env });
}

/** Runs every part, also after a failure; throws the first failure at the end. */
export async function endAll(parts: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of parts) {
    try {
      await part();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
