/** Runs commands, and asks packages, in the stage's network namespace, as root, and measures them there. */

import { resolve } from 'node:path';
import { which } from '../../../test/helpers/programs';
import { LineProgram, pythonProgram } from '../line-program.mjs';

export class Runner {
  #program;
  #packages;

  constructor(stage) {
    const surroundings = { netns: stage.netns };
    this.#program = new LineProgram(stage, pythonProgram(stage, 'run.py'), surroundings);
    const packages = resolve('scripts', 'bench', 'programs', 'packages.mjs');
    this.#packages = new LineProgram(stage, [process.execPath, packages], surroundings);
  }

  /** Of systeminformation all sockets, or of pid-port the process of `port`. Resolves with { ms }. */
  async askPackage(request) {
    const { ms, error } = await this.#packages.ask(request);
    if (error !== undefined) throw new Error(error);
    return { ms };
  }

  /** Resolves with { ms }; rejects where it ends with another code than `code`. */
  async run([program, ...args], { environment = {}, code = 0 } = {}) {
    const path = program.includes('/') ? program : which(program);
    const request = { command: [path, ...args], environment: { PATH: process.env.PATH, ...environment } };
    const answer = await this.#program.ask(request);
    if (answer.code !== code)
      throw new Error(
        `${[program, ...args].join(' ')} ended with ${answer.code}, not ${code}: ${answer.said}`,
      );
    return { ms: answer.ms };
  }
}
