/** A program that answers each line of JSON on its standard input with one on its standard output. */

import { once } from 'node:events';
import { copyFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { end, start } from '../../test/helpers/programs';
import { python } from '../../test/helpers/stage';

export class LineProgram {
  #child;
  #lines;
  /** One listener for all requests: one for each would stay until the end. */
  #ended;

  /** Ends with the stage. */
  constructor(stage, command, surroundings) {
    this.#child = start(command, surroundings, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => {}); // answer() reports that it ended
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#ended = once(this.#child, 'exit').then(() => {
      throw new Error(`${command.join(' ')} ended`);
    });
    this.#ended.catch(() => {}); // there may be no waiting request
    stage.onClose(() => this.stop());
  }

  get pid() {
    return this.#child.pid;
  }

  async answer() {
    const [line] = await Promise.race([once(this.#lines, 'line'), this.#ended]);
    return JSON.parse(line);
  }

  /** One request at a time. */
  ask(request) {
    const answer = this.answer();
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return answer;
  }

  stop() {
    return end(this.#child);
  }
}

/** The command for one of our Python programs, copied to where every user can read it. */
export function pythonProgram(stage, program) {
  const file = join(stage.folder, program);
  // Another process may be reading it at the moment.
  if (!existsSync(file)) copyFileSync(resolve('scripts', 'bench', 'programs', program), file);
  return [python, file];
}
