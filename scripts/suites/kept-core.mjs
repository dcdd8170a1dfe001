/**
 * What each file of the core last came to on each kernel, and the table of it in the documentation. Both are in the repository, as a run
 * of all takes an hour.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { core, coreKernels } from './agent-core.mjs';
import { coreColumns, coreRows } from './core-table.mjs';
import { replaceTable } from './kernel-document.mjs';

const file = join(root, 'test', 'kernels', 'core.json');

/** `{ VERSION: { release, files: { NAME: { passed, failed, skipped } } } }` */
export function readCore() {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The files of `results` that ran, a Map by name. What was kept of another release of this version is dropped. */
export function keepCore(version, release, results) {
  const kept = readCore();
  const before = kept[version]?.release === release ? kept[version].files : {};
  const now = [...results].flatMap(([name, { passed, failed, skipped, ran }]) =>
    ran ? [[name, { passed, failed, skipped: skipped.length }]] : [],
  );
  const byName = new Map([...Object.entries(before), ...now]);
  const files = Object.fromEntries(
    core.flatMap((name) => (byName.has(name) ? [[name, byName.get(name)]] : [])),
  );
  const all = { ...kept, [version]: { release, files } };
  const sorted = Object.fromEntries(coreKernels.flatMap((each) => (all[each] ? [[each, all[each]]] : [])));
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
  replaceTable(coreColumns, coreRows(sorted, core));
}
