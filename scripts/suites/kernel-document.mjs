/** The page of the documentation about kernels, whose tables are written from what ran. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/paths.mjs';
import { tableIn, tableOf } from './markdown-table.mjs';

const page = join(root, '.github', 'docs', 'kernels.md');

/** The one of these columns. */
export function replaceTable(columns, rows) {
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, text.replace(tableIn(columns, text), tableOf(columns, rows)));
}
