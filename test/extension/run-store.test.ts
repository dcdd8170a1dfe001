/** Results of drills on disk, which a reloaded window reads. */

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { RunStore } from '../../extension/reconnect/timeline/run-store';
import { attempt, result, round } from '../helpers/drills';

describe('stored runs', () => {
  let folder: string;
  const store = () => new RunStore(vscode.Uri.file(join(folder, 'runs')));

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sockscope-store-'));
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are none before the first drill', async () => assert.deepEqual(await store().load(), []));

  it('are read by another window as they were, the oldest first', async () => {
    const runs = [1, 2].map((number) => result([round(number, [attempt(100)])], { target: `pid:${number}` }));
    const window = store();
    for (const run of runs) await window.add(run);
    assert.deepEqual(
      await store().load(),
      runs.map((run) => ({ schema: 1, ...run })),
    );
  });

  it('are at most twenty, and those that cannot be read are left out', async () => {
    writeFileSync(join(folder, 'runs', '0.json'), '{');
    const window = store();
    for (let number = 3; number <= 25; number++) await window.add(result([round(number, [])]));
    assert.equal(readdirSync(join(folder, 'runs')).length, 20);
    assert.equal((await store().load()).length, 20);
    writeFileSync(join(folder, 'runs', '1.json'), '{');
    assert.equal((await store().load()).length, 20);
  });
});
