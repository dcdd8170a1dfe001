/** The table of test files and kernels, kept from run to run, as a run of all takes hours. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from '../lib/paths.mjs';

const cellsFile = join(build, 'test-results', 'kernel-cells.json');

/** `{ FILE: { VERSION: { passed, failed, skipped, day } } }` */
export function readCells() {
  try {
    return JSON.parse(readFileSync(cellsFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Replaces the cells of a kernel for the files of `results` that ran, a Map by name of file. */
export function keepCells(version, results) {
  const cells = readCells();
  const day = new Date().toISOString().slice(0, 10);
  for (const [file, { passed, failed, skipped, ran }] of results)
    if (ran) cells[file] = { ...cells[file], [version]: { passed, failed, skipped: skipped.length, day } };
  mkdirSync(dirname(cellsFile), { recursive: true });
  writeFileSync(cellsFile, `${JSON.stringify(cells, null, 2)}\n`);
}

const cellText = (cell) => (cell ? `${cell.passed} / ${cell.failed} / ${cell.skipped}` : 'not run');

/** `files` as rows, `versions` as columns. */
export function cellTable(cells, files, versions) {
  const line = (first, rest) =>
    `${first.padEnd(20)}${rest.map((text) => text.padEnd(16)).join('')}`.trimEnd();
  const head = line(
    'passed/failed/skipped',
    versions.map((version) => `Linux ${version}`),
  );
  return [
    head,
    ...files.map((file) =>
      line(
        file,
        versions.map((version) => cellText(cells[file]?.[version])),
      ),
    ),
  ].join('\n');
}
