/** An agent program of one's own: it serves this process over its standard input and output, and ends with it. */

import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { childProcess } from '../common/child-process';
import { withoutWatching } from '../common/direct-arguments';
import { installAgain } from '../common/incomplete';

/** How it is started. */
export type OwnMode = 'observe' | 'direct' | 'direct-without-watching';

const ownArguments: Readonly<Record<OwnMode, readonly string[]>> = {
  observe: ['observe'],
  direct: ['direct'],
  'direct-without-watching': ['direct', withoutWatching],
};

type OwnProcess = ChildProcessByStdio<Writable, Readable, null>;

/** The agent program, beside this bundle or in `folder`. Throws where it is missing. */
export function agentProgram(folder?: string): string {
  return programBeside('agent.js', folder);
}

/** A bundle of the agent; likewise. */
export function programBeside(name: 'agent.js' | 'list-agent.js', folder = __dirname): string {
  const program = join(folder, name);
  if (existsSync(program)) return program;
  throw new Error(`The agent program is missing: ${program}. ${installAgain}`);
}

/** Throws where the program is missing. */
export function spawnOwn(mode: OwnMode, folder?: string): OwnProcess {
  return childProcess().spawn(process.execPath, [agentProgram(folder), ...ownArguments[mode]], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
}
