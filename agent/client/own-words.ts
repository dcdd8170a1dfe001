/**
 * Commands in texts for people. Those of the agent and of this client say `sockscope free 3000` and `sudo sockscope agent serve`;
 * neither runs everywhere: root has a PATH of its own, without what npm has installed for a user, and a clone is on no PATH. Those that are
 * for the host of this container stay as they are.
 */

import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { commandText } from '../common/command-text';
import { ownRootCommand, programOfRoot, removalCommand, rootCommand } from './installed-copy';

const mention =
  /(?<![\w./-])(?<!on the host \((?:sudo )?)(sudo |SUDO_UID=\d+ )?sockscope (?=(?:agent|destroy|doctor|drill|free|inspect|list|log|outage|why)\b)/g;

/** `program`: path of sockscope.js. */
export function inOwnWords(text: string, program: string): string {
  return text.replace(mention, (named: string, before: string | undefined, at: number) => {
    if (!before) return isOnPath(program) ? named : `${commandText([process.execPath, program])} `;
    const verb = text.slice(at + named.length);
    return before === 'sudo ' ? `${commandFor(verb, program)} ` : `${before}${programFor(verb, program)} `;
  });
}

/** As commandFor, in a shell of root's. */
function programFor(verb: string, program: string): string {
  return verb.startsWith('agent install') ? commandText([process.execPath, program]) : programOfRoot(program);
}

/** `verb`: what follows in the text. */
function commandFor(verb: string, program: string): string {
  if (verb.startsWith('agent install')) return ownRootCommand(program);
  return verb.startsWith('agent uninstall') ? removalCommand(program) : rootCommand(program);
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
