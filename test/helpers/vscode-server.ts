/** The launcher of scripts/vscode-server, for tests. It is plain JavaScript, loaded at run time and typed here. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface VSCodeServerOptions {
  /** Created if it is not there; settings, extensions and logs lie in it. */
  readonly dataFolder: string;
  /** A copy of build/vscode-server; without it, the one there. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Who runs it; without it, the user of this process. */
  readonly as?: User;
}

export interface VSCodeServer {
  installExtension(vsix: string): string;
  /** Resolves with the port. */
  start(): Promise<number>;
  /** Ends the server and what runs in its terminals; resolves with the pids of what would not end. */
  stop(): Promise<readonly number[]>;
  readonly log: string;
}

const script = (name: string) => import(pathToFileURL(resolve('scripts', 'vscode-server', name)).href);

export async function createServer(options: VSCodeServerOptions): Promise<VSCodeServer> {
  const { VSCodeServer: Server } = await script('launch.mjs');
  return new Server(options);
}

export async function launchBrowser(): Promise<Browser> {
  return (await script('browser.mjs')).launchBrowser();
}

/** Where the server is installed. */
export const serverFolder = resolve('build', 'vscode-server');

/** The packaged extension. */
export const vsix = resolve('build', 'sockscope.vsix');
