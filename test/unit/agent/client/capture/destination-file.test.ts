import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { DestinationFile } from '../../../../../agent/client/capture/destination-file';

describe('the file of a capture', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sockscope-destination-'));
    path = join(folder, 'file');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  async function write(replaces: boolean): Promise<void> {
    const file = new DestinationFile(path, replaces);
    try {
      await file.write(Buffer.from('head '));
      await file.write(Buffer.from('packets'));
    } finally {
      await file.close();
    }
  }

  it('is for its user alone, also where it replaces one that was for others', async () => {
    writeFileSync(path, 'longer than what replaces it');
    chmodSync(path, 0o644);
    await assert.rejects(write(false), /EEXIST/);
    assert.equal(statSync(path).mode & 0o777, 0o644);
    await write(true);
    assert.equal(readFileSync(path, 'utf8'), 'head packets');
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("is no file of another user's", { skip: process.getuid?.() !== 0 }, async () => {
    writeFileSync(path, 'theirs');
    chownSync(path, 65_534, 65_534);
    await assert.rejects(write(true), /EPERM/);
    assert.equal(readFileSync(path, 'utf8'), 'theirs');
  });
});
