/** The launcher of scripts/vscode-server, for tests. It is plain JavaScript, loaded at run time and typed here. */

import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface VSCodeServerOptions {
  /** Created if it is not there; settings, extensions and logs lie in it. */
  readonly dataFolder: string;
  /** A copy of build/vscode-server; without it, the one there. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The user who runs it; without it, the user of this process. */
  readonly as?: User;
  /** A command in front of it, which root runs and which replaces itself by the server. */
  readonly through?: readonly string[];
  /** Folders are opened in Restricted Mode until their user trusts them. */
  readonly asksForTrust?: boolean;
}

export interface VSCodeServer {
  installExtension(vsix: string): string;
  /** Resolves with the port. */
  start(): Promise<number>;
  /** Ends the server and the programs in its terminals; resolves with the pids of processes that did not end. */
  stop(): Promise<readonly number[]>;
  readonly log: string;
}

const script = (name: string) => import(pathToFileURL(resolve('scripts', 'vscode-server', name)).href);

async function createServer(options: VSCodeServerOptions): Promise<VSCodeServer> {
  const { VSCodeServer: Server } = await script('launch.mjs');
  return new Server(options);
}

export async function launchBrowser(): Promise<Browser> {
  return (await script('browser.mjs')).launchBrowser();
}

/** Where the server is installed. */
const serverFolder = resolve('build', 'vscode-server');

/** The packaged extension. */
const vsix = resolve('build', 'sockscope.vsix');

/** A user's own copy of the server; its Node.js is `node` in it. */
export const serverFolderOf = (user: User) => join(user.home, 'vscode-server');

/** Where `createServerFor` keeps settings, extensions and logs. */
export const dataFolderOf = (user: User) => join(user.home, 'data');

/** A copy for a user who cannot read this checkout. With hard links if possible: it is large and never changed. */
function copyServer(target: string): void {
  try {
    execFileSync('cp', ['-al', serverFolder, target], { stdio: 'ignore' });
  } catch {
    execFileSync('cp', ['-a', serverFolder, target]);
  }
}

/** What is around a server. */
export type Surroundings = Pick<VSCodeServerOptions, 'through' | 'asksForTrust'>;

/** The server of `createServerFor` in other surroundings, once that one has ended. */
export function serverIn(user: User, surroundings: Surroundings): Promise<VSCodeServer> {
  return createServer({
    dataFolder: dataFolderOf(user),
    folder: serverFolderOf(user),
    as: user,
    ...surroundings,
  });
}

/** A server, in the user's home and not started yet. */
export function copyServerFor(
  user: User,
  settings: VSCodeServerOptions['settings'] = {},
): Promise<VSCodeServer> {
  const folder = serverFolderOf(user);
  copyServer(folder);
  return createServer({ dataFolder: dataFolderOf(user), folder, settings, as: user });
}

/** As copyServerFor, with the packaged extension. */
export async function createServerFor(
  user: User,
  settings: VSCodeServerOptions['settings'] = {},
): Promise<VSCodeServer> {
  const server = await copyServerFor(user, settings);
  const package_ = join(user.home, 'sockscope.vsix');
  cpSync(vsix, package_);
  chmodSync(package_, 0o644);
  server.installExtension(package_);
  return server;
}

/** The pid of a user's process with this in its command line, as in /proc/PID/cmdline. */
export function processOf({ uid, name: user }: User, part: string): number {
  const found = readdirSync('/proc').find((name) => {
    try {
      const isTheirs = /^\d+$/.test(name) && statSync(`/proc/${name}`).uid === uid;
      return isTheirs && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(part);
    } catch {
      return false; // it ended
    }
  });
  if (found === undefined) throw new Error(`${user} has no process with ${part}`);
  return Number(found);
}

export const extensionHostOf = (user: User) => processOf(user, '--type=extensionHost');
