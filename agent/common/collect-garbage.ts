/** Gives memory back to the machine. V8 collects when it needs room, and an agent that nobody asks needs none for hours. */

import { setImmediate as turn } from 'node:timers/promises';

/** Bytes: less is not worth a pause of some milliseconds. */
const minUsed = 32 * 1024 * 1024;

/** Call when there is nothing else to do. */
export async function collectGarbage(): Promise<void> {
  const { heapTotal, external } = process.memoryUsage();
  if (heapTotal + external < minUsed) return;
  // Their loading takes a millisecond of a start.
  const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
    import('node:v8'),
    import('node:vm'),
  ]);
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('typeof gc === "function" ? gc : null');
  if (typeof collect !== 'function') return;
  collect();
  // What the addon holds is given up in a turn after the first collection.
  await turn();
  collect();
}
