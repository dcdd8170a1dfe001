/**
 * Commands in texts for people. Those of the agent and of this client say `sockscope free 3000` and `sudo sockscope agent serve`;
 * neither runs everywhere: root has a PATH of its own, without what npm has installed for a user, a clone is on no PATH, and there may be
 * no sudo. Those that are for the host of this container stay as they are.
 */

import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { commandText } from '../common/command-text';
import { findInstalledCopy, ownRootCommand, removalCommand, rootCommand } from './installed-copy';
import { asRoot, ownAsRoot } from './served-uid';

const mention =
  /(?<![\w./-])(?<!on the host \((?:sudo )?)(?:(sudo |SUDO_UID=\d+ )sockscope (agent \w+(?: --[\w-]+(?: \w+)?)*)|sockscope (?=(?:agent|destroy|doctor|drill|free|inspect|list|log|outage|why)\b))/g;

/** In parentheses, where they end. */
const systemMention = /\(sudo ((?:kill|modprobe|mount) [^()]+)\)/g;

/** `program`: path of sockscope.js. */
export function inOwnWords(text: string, program: string): string {
  const named = text.replace(mention, (found: string, before?: string, verb?: string) => {
    if (before && verb) return commandFor(verb, program, before);
    return isOnPath(program) ? found : `${commandText([process.execPath, program])} `;
  });
  return withRootCommands(named);
}

/** Commands of the system, such as `(sudo modprobe tcp_diag)`, as this user runs them as root; also in the editor. */
export function withRootCommands(text: string): string {
  return text.replace(systemMention, (_, command: string) => `(${asRoot(command)})`);
}

/** `verb`: with its options. `before`: in the shell of root, too, the variable names whom the agent serves. */
function commandFor(verb: string, program: string, before: string): string {
  const typed = before === 'sudo ' ? ownAsRoot : (command: string) => `${before}${command}`;
  if (verb.startsWith('agent install')) return ownRootCommand(program, verb, typed);
  const command = verb.startsWith('agent uninstall') ? removalCommand : rootCommand;
  return command(program, verb, findInstalledCopy(), typed);
}

let known: { readonly program: string; readonly isOnPath: boolean } | null = null;

function isOnPath(program: string): boolean {
  if (known?.program !== program) known = { program, isOnPath: findOnPath() === resolved(program) };
  return known.isOnPath;
}

/** What a shell runs as `sockscope`; null: nothing. */
function findOnPath(): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => resolved(join(folder, 'sockscope'))).find((found) => found !== null) ?? null;
}

function resolved(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}
