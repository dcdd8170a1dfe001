/** The floor: the kernel's raw iterators, read by a small C program (test/bench/floor.c). */

import { resolve } from 'node:path';
import { LineProgram } from '../line-program.mjs';

const folder = resolve('build', 'bench');

/** Contenders for interleave(). */
export function startFloor(stage) {
  const command = [`${folder}/floor`, `${folder}/floor.bpf.o`];
  const program = new LineProgram(stage, command, { netns: stage.netns });
  const walk = (iterator) => async () => ({ ms: (await program.ask(iterator)).ms });
  return { 'iter/task_file': walk('task_file'), 'iter/tcp': walk('tcp') };
}
