/** What keeps sudo from starting an agent here, so that nobody types a password in vain. */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { lackText, mountAdvice, rootPowers } from '../common/capabilities';
import { commandText } from '../common/command-text';
import { missingProc } from '../common/missing-proc';
import { type ClosedMount, closedToRoot } from './closed-to-root';
import { findInstalledCopy } from './installed-copy';
import { hasSudo, ownUid } from './served-uid';

/**
 * `barred`: by no_new_privs, whatever the password. `contained`: root itself may not do what an agent does. `closed`: root may not read
 * these files, and there is no installed copy.
 */
export type StartProblem = 'barred' | 'contained' | 'missing' | 'closed';

/** Undefined: it may work. Root needs no sudo. */
export function startProblem(): StartProblem | undefined {
  const isRoot = ownUid() === 0;
  if (!isRoot && missingProc() === null && bars(readFileSync('/proc/self/status', 'utf8'))) return 'barred';
  if (!rootPowers().acts) return 'contained';
  if (!isRoot && !hasSudo()) return 'missing';
  return closedFiles()?.closed === 'surely' ? 'closed' : undefined;
}

/** Where files that sudo would start are closed to root, or may be: a sentence; empty: nothing says so. */
export function closedText(): string {
  const mount = closedFiles();
  if (!mount) return '';
  const may = mount.closed === 'surely' ? 'may not' : 'perhaps may not';
  const why = mount.closed === 'surely' ? 'as of an AppImage or sshfs' : 'by root_squash';
  return `Root ${may} read ${mount.path} (${mount.type}, ${why}), where files of Sockscope or its runtime lie, so sudo cannot start them.`;
}

function closedFiles(): ClosedMount | null {
  return findInstalledCopy().kind === 'sound' ? null : closedToRoot([process.execPath, __filename]);
}

/** Installs the copy by way of a folder that root reads, and by a Node.js outside of what is closed. For a shell. */
export function installElsewhere(): string {
  const runtime = closedToRoot([process.execPath]) ? 'node' : process.execPath;
  const environment = 'env ELECTRON_RUN_AS_NODE=1';
  const program = `"$d"/${commandText([basename(__dirname)])}/sockscope.js`;
  return `d=$(mktemp -d) && cp -r ${commandText([__dirname])} "$d" && sudo ${environment} ${commandText([runtime])} ${program} agent install`;
}

/** `status` is /proc/self/status. */
export function bars(status: string): boolean {
  return /^NoNewPrivs:\s*1$/m.test(status);
}

/** A sentence of cause and one of what to do, for a terminal. */
export function startProblemText(problem: StartProblem): string {
  switch (problem) {
    case 'barred':
      return 'This process may not gain privileges (no_new_privs), so sudo cannot work here. Start the agent from another terminal: sudo sockscope agent serve';
    case 'contained':
      return `No agent can start here: ${lackText(rootPowers())}. ${mountAdvice(ownUid())}`;
    case 'closed':
      return `${closedText()} Install a copy that it can: ${installElsewhere()}`;
    case 'missing':
      return withoutSudo('start the agent', 'serve');
  }
}

/** How an agent is started where none runs, for a terminal. */
export function startAdvice(): string {
  const problem = startProblem();
  return problem ? startProblemText(problem) : 'Start it in another terminal: sudo sockscope agent serve';
}

/** How a verb of `sockscope agent` is run that only root may run. */
export function asRootAdvice(verb: readonly string[]): string {
  const words = verb.join(' ');
  return startProblem() === 'missing' ? withoutSudo('do this', words) : `Run: sudo sockscope agent ${words}`;
}

function withoutSudo(act: string, words: string): string {
  return `sudo is not installed, or not on PATH. Install it, or ${act} as root: SUDO_UID=${ownUid()} sockscope agent ${words}`;
}
