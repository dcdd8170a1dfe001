/** The rows that the smoke last passed with, one for each kind of kernel, and the table of them in the documentation. Both are in the repository. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { variants } from '../qemu/smoke/variants.mjs';
import { replaceTable } from './kernel-document.mjs';
import { columns } from './kernel-table.mjs';

const rowsFile = join(root, 'test', 'kernels', 'rows.json');

/** Replaces the one of the same name, here and there. */
export function keepRow(row) {
  const byName = new Map(
    [...JSON.parse(readFileSync(rowsFile, 'utf8')), row].map((each) => [each.name, each]),
  );
  const kept = Object.keys(variants).flatMap((name) => byName.get(name) ?? []);
  writeFileSync(rowsFile, `${JSON.stringify(kept, null, 2)}\n`);
  replaceTable(columns, kept);
}
