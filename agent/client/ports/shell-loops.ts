/** Recognises shell scripts that start a program again whenever it ends: `while true; do node server.js; sleep 4; done`. */

import { constants, open } from 'node:fs/promises';
import type { ProcessDetail, ProcessSummary } from '../../protocol';
import { isSeenHere } from './seen-here';
import { isInteractiveShell, isRunner, isShell, type ParentSupervisor, programOf } from './supervisors';

/** Characters of a script. */
const maxScript = 65_536;

/** The nearest shell above a process, or above what only ran it, whose loop starts it again; null: none does. Never rejects. */
export async function shellLoopAmong({
  command,
  parents,
}: Pick<ProcessDetail, 'command' | 'parents'>): Promise<ParentSupervisor | null> {
  let started = command;
  for (const parent of parents) {
    if (!isRunner(parent) || isInteractiveShell(parent.command)) return null;
    if (isShell(parent.command)) {
      const script = await scriptOf(parent);
      if (script && loops(script.text, started))
        return { kind: 'process-manager', name: script.name, process: parent };
    }
    started = parent.command;
  }
  return null;
}

/** A `while` or `until` loop has the program in its condition or body, or whatever its arguments say. Pure. */
export function loops(text: string, command: string): boolean {
  const code = text.replace(/^\s*#.*$/gm, '');
  const program = programOf(command) || baseName(command.split(' ')[0] ?? '');
  return [...loopsIn(code)].some((loop) => /\$[@*]/.test(loop) || hasWord(loop, program));
}

/** Word by word: one pattern for a whole loop would take minutes for a script with many beginnings and no end. */
function* loopsIn(code: string): Generator<string> {
  let begin: number | null = null;
  let hasBody = false;
  for (const { 0: word, index } of code.matchAll(/\b(?:while|until|do|done)\b/g))
    if (word === 'do') hasBody = begin !== null;
    else if (word !== 'done') begin ??= index;
    else if (begin !== null && hasBody) {
      yield code.slice(begin, index);
      begin = null;
      hasBody = false;
    }
}

function hasWord(text: string, word: string): boolean {
  return text
    .split(/[^\w.-]+/)
    .some((one) => one === word || one.replace(/\.[cm]?[jt]s$|\.py$/, '') === word);
}

/** The text that a shell runs, with the name of its file, or of the shell itself; null: it cannot be read. */
async function scriptOf(
  shell: ProcessSummary,
): Promise<{ readonly name: string; readonly text: string } | null> {
  const [first = '', ...words] = shell.command.split(' ');
  const at = words.findIndex((word) => !/^[-+]/.test(word));
  const path = words[at];
  if (words.slice(0, Math.max(at, 0)).some((word) => /^-[a-z]*c$/.test(word)))
    return { name: baseName(first), text: words.slice(at).join(' ') };
  if (path === undefined || !(await isSeenHere(shell))) return null;
  const text = await readScript(`/proc/${shell.pid}/${path.startsWith('/') ? 'root' : 'cwd'}/${path}`);
  return text === null ? null : { name: baseName(path), text };
}

/** Never waits: another user's shell may have the name of a pipe. */
async function readScript(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  try {
    if (!file || !(await file.stat()).isFile()) return null;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxScript), 0, maxScript, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch {
    return null;
  } finally {
    await file?.close();
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
