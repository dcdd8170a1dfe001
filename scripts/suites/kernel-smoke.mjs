/** The smoke on every kernel and kind of kernel. */

import { readFileSync } from 'node:fs';
import { buildAll } from '../build.mjs';
import { bootSmoke } from '../qemu/smoke/boot.mjs';
import { variants } from '../qemu/smoke/variants.mjs';
import { keepRow } from './kernel-rows.mjs';
import { columns, rowOf } from './kernel-table.mjs';
import { tableOf } from './markdown-table.mjs';
import { runNodeSuite } from './node.mjs';
import { add, nothing, skippedSuite } from './results.mjs';

/** One kind after the other; ends with a table of what works on each. Rows that are as expected are kept, for the documentation. */
export async function runSmokes({ names = Object.keys(variants) } = {}) {
  await buildAll();
  const rows = [];
  let total = nothing;
  for (const name of names) {
    const { reason, result } = await bootSmoke(name);
    if (reason) return add(total, skippedSuite(name, reason));
    const environment = { SOCKSCOPE_GUEST_RESULT: result, SOCKSCOPE_GUEST: name };
    const outcome = await runNodeSuite('kernels', { timeout: 60_000, environment });
    total = add(total, outcome);
    const row = rowOf(name, JSON.parse(readFileSync(result, 'utf8')));
    rows.push(row);
    if (outcome.failed === 0) keepRow(row);
  }
  console.log(`\n${tableOf(columns, rows)}`);
  return total;
}
