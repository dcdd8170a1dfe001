import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lineWriter } from '../../../../agent/access/audit';

/** Of the files that this process writes; `unlimited` ends it. */
function limitFileSize(size: string): void {
  execFileSync('prlimit', [`--pid=${process.pid}`, `--fsize=${size}:`]);
}

describe('a line of the audit log', () => {
  it('that is cut is an error, and the next one begins on a new line', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sockscope-audit-'));
    const path = join(folder, 'audit.log');
    const file = openSync(path, 'a');
    const write = lineWriter(file);
    try {
      write('{"first":1}\n');
      limitFileSize('16');
      assert.throws(() => write('{"second":2}\n'), /Only 4 of 13 bytes fit/);
      assert.throws(() => write('{"third":3}\n'), { code: 'EFBIG' });
      limitFileSize('unlimited');
      write('{"fourth":4}\n');
      assert.equal(readFileSync(path, 'utf8'), '{"first":1}\n{"se\n{"fourth":4}\n');
    } finally {
      limitFileSize('unlimited');
      closeSync(file);
      rmSync(folder, { recursive: true });
    }
  });
});
