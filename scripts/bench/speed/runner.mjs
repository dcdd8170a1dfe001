/** Runs commands in the stage's network namespace, as root, and measures them there. */

import { which } from '../../../test/helpers/programs';
import { LineProgram, pythonProgram } from '../line-program.mjs';

export class Runner {
  #program;

  constructor(stage) {
    this.#program = new LineProgram(stage, pythonProgram(stage, 'run.py'), { netns: stage.netns });
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
