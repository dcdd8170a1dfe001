/**
 * Commands in texts for people. Those of the agent and of this client say `sockscope free 3000` and `sudo sockscope agent serve`;
 * neither runs everywhere: root has a PATH of its own, without what npm has installed for a user, and a clone is on no PATH. Those that are
 * for the host of this container stay as they are.
 */

import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { commandText } from '../common/command-text';
import { findInstalledCopy, ownRootCommand, removalCommand, rootCommand } from './installed-copy';
import { asRoot } from './served-uid';

const mention =
  /(?<![\w./-])(?<!on the host \((?:sudo )?)(sudo |SUDO_UID=\d+ )?sockscope (?=(?:agent|destroy|doctor|drill|free|inspect|list|log|outage|why)\b)/g;

/** `program`: path of sockscope.js. */
export function inOwnWords(text: string, program: string): string {
  return text.replace(mention, (named: string, before: string | undefined, at: number) => {
    if (!before) return isOnPath(program) ? named : `${commandText([process.execPath, program])} `;
    // In the shell of root, too, the variable names whom the agent serves.
    const typed = before === 'sudo ' ? asRoot : (command: string) => `${before}${command}`;
    return `${commandFor(text.slice(at + named.length), program, typed)} `;
  });
}

/** `verb`: what follows in the text. */
function commandFor(verb: string, program: string, typed: typeof asRoot): string {
  if (verb.startsWith('agent install')) return ownRootCommand(program, typed);
  const command = verb.startsWith('agent uninstall') ? removalCommand : rootCommand;
  return command(program, findInstalledCopy(), typed);
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
