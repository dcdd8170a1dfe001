/** The result of a suite: { passed, failed, skipped: [{ name, reason }], files: [{ file, ms }], failures: [{ file, name, message }] }. */

import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from '../lib/paths.mjs';

const folder = join(build, 'test-results');

export const nothing = { passed: 0, failed: 0, skipped: [], files: [], failures: [] };

/** A new file for a suite's counts, so that those of an earlier run are never read. */
export function resultsFile(suite) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${suite}.json`);
  rmSync(file, { force: true });
  return file;
}

/** Reads the counts. A suite that failed without a failed test, or ran none, has one failure. */
export function readResults(file, exitCode) {
  return parseResults(existsSync(file) ? readFileSync(file, 'utf8') : '', exitCode);
}

export function parseResults(text, exitCode) {
  let results;
  try {
    results = { ...nothing, ...JSON.parse(text) };
  } catch {
    results = nothing;
  }
  const silent = exitCode !== 0 && results.failed === 0;
  const empty = results.passed + results.failed + results.skipped.length === 0;
  return silent || empty ? { ...results, failed: results.failed + 1 } : results;
}

export const skippedSuite = (name, reason) => ({ ...nothing, skipped: [{ name, reason }] });

export function add(one, other) {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: [...one.skipped, ...other.skipped],
    files: [...one.files, ...other.files],
    failures: [...one.failures, ...other.failures],
  };
}
