import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { commandLineOf } from '../../../../agent/system/command-line';

describe('a command line', () => {
  it('is read, with blanks between its words', async () => {
    const child = spawn('sleep', ['1000']);
    await once(child, 'spawn');
    try {
      assert.equal(await commandLineOf(child.pid ?? 0), 'sleep 1000');
    } finally {
      child.kill();
    }
  });

  it('is read also where this process is busy meanwhile', async () => {
    const reading = commandLineOf(process.pid);
    const free = performance.now() + 500;
    while (performance.now() < free);
    assert.notEqual(await reading, '');
  });

  it('is empty where the process is gone', async () => assert.equal(await commandLineOf(4_194_304), ''));
});
