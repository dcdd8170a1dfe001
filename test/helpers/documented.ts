/** The commands of the documentation, and a terminal of the stage to type them into. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { end, endOf, start } from './programs';
import type { Stage } from './stage';

const docs = join('.github', 'docs');

/** Paths of README.md and of everything that it leads to below .github/docs. */
const documents = ['README.md', ...readdirSync(docs).map((name) => join(docs, name))];

/** Shell commands of all documents, by block, without comments and without blocks that stand in two documents. */
export function shellBlocks(): string[] {
  const blocks = documents.flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/^```sh\n(.*?)^```/gms)].map(([, text = '']) => text),
  );
  return [...new Set(blocks.map((block) => block.replace(/ +#.*$/gm, '').trim()))];
}

/** The lines of blocks that have commands of this program alone. */
export function commandsOf(program: string): string[] {
  const blocks = shellBlocks().map((block) => block.split('\n'));
  return [...new Set(blocks.filter((lines) => lines.every((line) => line.startsWith(`${program} `))).flat())];
}

/** The scenario of the documentation. */
export function documentedScenario(): string {
  const [, text] =
    /^```yaml\n(name: .*?)^```/ms.exec(readFileSync(join(docs, 'command-line.md'), 'utf8')) ?? [];
  assert.ok(text);
  return text;
}

/** What a person types when the output matches. */
export type Answer = readonly [output: RegExp, typed: string | (() => unknown)];

export const yes: Answer = [/\[y\/N\]/, 'y\n'];
export const ctrlC = '\x03';

/** Runs a line of a shell in a terminal, as the stage's user, where `sockscope` is on the path; `folder`: the working directory. */
export async function type(
  stage: Stage,
  line: string,
  answers: readonly Answer[] = [],
  folder = stage.user.home,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const program = join(stage.folder, 'sockscope');
  // Once: another one may be about to run it.
  if (!existsSync(program))
    writeFileSync(program, `#!/bin/sh\nexec ${stage.command('"$@"')}\n`, { mode: 0o755 });
  const command = `cd ${folder} && PATH=${stage.folder}:$PATH\n${line}`;
  const terminal = ['script', '--quiet', '--return', '--command', command, '/dev/null'];
  const environment = { SHELL: '/bin/bash', HOME: stage.user.home, TERM: 'xterm' };
  const child = start(terminal, { user: stage.user, netns: stage.netns, environment }, { stdio: 'pipe' });
  stage.onClose(() => end(child));
  assert.ok(child.stdin && child.stdout);
  let output = '';
  let unanswered = '';
  const left = [...answers];
  for await (const text of child.stdout.setEncoding('utf8')) {
    output += text;
    unanswered += text;
    // Several may come at once, and nothing after them.
    for (let found = left[0]?.[0].exec(unanswered); found; found = left[0]?.[0].exec(unanswered)) {
      unanswered = unanswered.slice(found.index + found[0].length);
      const typed = left.shift()?.[1];
      if (typeof typed === 'string') child.stdin.write(typed);
      else await typed?.();
    }
  }
  if (endOf(child) === null) await once(child, 'exit');
  assert.deepEqual(left, [], output);
  return { code: child.exitCode, output };
}
