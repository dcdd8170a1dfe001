/** The benchmarks are neither compiled nor run by other tests: what they import may move away unnoticed. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { build } from 'esbuild';

it('the benchmarks find what they import', async () => {
  const folder = join('scripts', 'bench');
  const { warnings } = await build({
    entryPoints: [join(folder, 'main.mjs'), join(folder, 'host', 'probe.mjs')],
    outdir: 'build',
    write: false,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
});
