/** Runs the programs of test/fuzz/*.cc, which the suite has built with libFuzzer, or says why there are none. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { countsFile, seconds, seed } from './fuzz';

const sources = join(process.cwd(), 'test', 'fuzz');
const programs = join(process.cwd(), 'build', 'native', 'fuzz');
const finds = join(process.cwd(), 'build', 'fuzz');

const targets = readdirSync(sources).flatMap((file) => /^(.*)\.cc$/.exec(file)?.[1] ?? []);

/** Set where they could not be built. */
const skip = process.env.SOCKSCOPE_FUZZ_NO_PROGRAMS || false;

/** What is found lies in `folder`; what is kept of it comes into test/fuzz/corpus by hand. */
function options(target: string, folder: string): string[] {
  return [
    // 0 would be for ever.
    `-max_total_time=${Math.max(1, Math.round(seconds))}`,
    // 0 would be a seed of its own choice.
    `-seed=${seed + 1}`,
    '-max_len=8192',
    '-timeout=60',
    '-rss_limit_mb=1024',
    '-verbosity=0',
    '-print_final_stats=1',
    `-artifact_prefix=${finds}/${target}-`,
    folder,
    join(sources, 'corpus', target),
  ];
}

for (const target of targets)
  it(`libFuzzer: ${target}`, { skip }, async (test) => {
    const folder = join(finds, target);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const program = spawn(join(programs, target), options(target, folder), {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise((resolve) => program.on('close', resolve));
    const said = await text(program.stderr);
    assert.equal(await ended, 0, said.slice(-6000));
    const inputs = Number(/number_of_executed_units:\s*(\d+)/.exec(said)?.[1]);
    assert.ok(inputs > 0, said);
    test.diagnostic(`${inputs} inputs, -seed=${seed + 1}`);
    if (countsFile) appendFileSync(countsFile, `${inputs}\tlibFuzzer: ${target}\n`);
  });
