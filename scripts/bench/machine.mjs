/** What the numbers of a report were measured on, and when. */

import { cpus, release } from 'node:os';

/** Kernel, Node, processor and date. */
export function machine() {
  const [{ model }, ...others] = cpus();
  const cores = `${others.length + 1} cores (${model.trim()})`;
  return `Linux ${release()}, Node ${process.version}, ${cores}, ${new Date().toISOString().slice(0, 10)}`;
}
