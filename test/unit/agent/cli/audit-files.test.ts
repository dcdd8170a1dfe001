import assert from 'node:assert/strict';
import { linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { readAuditFiles } from '../../../../agent/cli/audit-files';

const line = (day: number) => `{"time":"2026-11-0${day}T00:00:00.000Z","uid":1000}`;

describe('the files of the audit log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sockscope-audit-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (name: string, ...lines: string[]) =>
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`);

  it('are read the oldest first, from a time on, without lines that were cut', () => {
    write('audit.log', line(4), '{"time":"2026-11-05T00:00:00.000Z","ui');
    write('audit.log.1', line(3));
    write('audit.log.2', line(1), line(2));
    write('audit.log.old', line(6));
    const { lines, complete } = readAuditFiles(Date.parse('2026-11-02T00:00:00Z'), folder);
    assert.deepEqual([lines, complete], [[line(2), line(3), line(4)], true]);
  });

  it('count once when a part is renamed meanwhile', () => {
    write('audit.log', line(2));
    linkSync(join(folder, 'audit.log'), join(folder, 'audit.log.1'));
    assert.deepEqual(readAuditFiles(0, folder).lines, [line(2)]);
  });

  it('are not complete when the oldest part has just gone', () => {
    write('audit.log', line(2));
    symlinkSync('gone', join(folder, 'audit.log.4'));
    assert.deepEqual(readAuditFiles(0, folder), { lines: [line(2)], complete: false });
  });

  it('are none where no agent ever ran', () => {
    assert.deepEqual(readAuditFiles(0, join(folder, 'none')), { lines: [], complete: true });
  });
});
