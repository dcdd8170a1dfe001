/**
 * Counts the instructions of a list's steps. Unlike times they hardly differ between runs (by 0.1 %), whatever
 * else the machine does: valgrind counts them, and Node interprets, without chance.
 */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { run } from '../helpers/programs';

/** Of a list, each with the one before it, whose instructions its own count includes. `json`: as scripts get it. */
export const steps = [
  { name: 'join', after: 'make' },
  { name: 'encode', after: 'join' },
  { name: 'decode', after: 'encode' },
  { name: 'json', after: 'join' },
] as const;

export type Step = (typeof steps)[number]['name' | 'after'];

const valgrind = ['valgrind', '--tool=cachegrind', '--cache-sim=no', '--cachegrind-out-file=/dev/null'];
const node = [
  process.execPath,
  '--jitless',
  '--no-expose-wasm', // which there is none of without a compiler: Node would warn
  '--single-threaded',
  '--predictable',
  // Nothing is collected: when it would be depends on little things, and costs a twentieth of all.
  '--min-semi-space-size=1024',
  '--max-semi-space-size=1024',
  '--no-incremental-marking',
  '--hash-seed=1',
  '--random-seed=1',
];

export class InstructionCounter {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sockscope-instructions-'));

  static async make(): Promise<InstructionCounter> {
    const counter = new InstructionCounter();
    symlinkSync(resolve('dist', 'sockscope.node'), join(counter.#folder, 'sockscope.node'));
    await build({
      entryPoints: [resolve('test', 'bench', 'list-steps.ts')],
      outfile: counter.#program,
      bundle: true,
      platform: 'node',
      target: 'node20',
      define: { SOCKSCOPE_VERSION: '"0.0.0"' },
    });
    return counter;
  }

  /** From the start of Node to the end of the step, for so many rows. */
  async count(step: Step, rows: number): Promise<number> {
    const { code, stderr } = await run([...valgrind, ...node, this.#program, step, String(rows)]);
    const [, refs] = /I +refs: +([\d,]+)/.exec(stderr) ?? [];
    assert.ok(code === 0 && refs, stderr);
    return Number(refs.replaceAll(',', ''));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }

  get #program(): string {
    return join(this.#folder, 'list-steps.cjs');
  }
}
