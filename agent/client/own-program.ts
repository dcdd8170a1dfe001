/** An agent program of one's own: it serves this process over its standard input and output, and ends with it. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { withoutWatching } from '../common/direct-arguments';

/** How it is started. */
export type OwnMode = 'observe' | 'direct' | 'direct-without-watching';

const ownArguments: Readonly<Record<OwnMode, readonly string[]>> = {
  observe: ['observe'],
  direct: ['direct'],
  'direct-without-watching': ['direct', withoutWatching],
};

type OwnProcess = ChildProcessByStdio<Writable, Readable, null>;

let ahead: { readonly mode: OwnMode; readonly child: OwnProcess } | null = null;

function programIn(folder: string): string {
  return join(folder, 'agent.js');
}

/** The agent program, beside this bundle or in `folder`. Throws where it is missing. */
export function agentProgram(folder = __dirname): string {
  const program = programIn(folder);
  if (existsSync(program)) return program;
  throw new Error(
    `The agent program is missing: ${program}. Install Sockscope again, or build it with npm run build.`,
  );
}

function start(program: string, mode: OwnMode): OwnProcess {
  return spawn(process.execPath, [program, ...ownArguments[mode]], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
}

/** Starts the next one of this mode, beside this bundle, before it is asked for: meanwhile, the rest of this program is loaded. */
export function startAhead(mode: OwnMode): void {
  const program = programIn(__dirname);
  if (existsSync(program)) ahead = { mode, child: start(program, mode) };
}

/** Ends what was started ahead and not used. */
export function endAhead(): void {
  ahead?.child.stdin.end();
  ahead?.child.stdout.destroy();
  ahead = null;
}

/** Throws where the program is missing. */
export function spawnOwn(mode: OwnMode, folder?: string): OwnProcess {
  if (folder !== undefined || ahead?.mode !== mode) return start(agentProgram(folder), mode);
  const { child } = ahead;
  ahead = null;
  return child;
}
