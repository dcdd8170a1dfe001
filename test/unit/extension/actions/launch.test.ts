import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  agentScript,
  commandLine,
  commandOfRoot,
  quoted,
} from '../../../../extension/actions/launch-command';

const plainOptions = { scopeAll: false, readOnly: false, idleExit: '', root: false };

describe('the command that starts the agent', () => {
  it('runs through sudo with its full paths', () => {
    assert.deepEqual(commandLine('/x/agent.js', plainOptions), [
      'sudo',
      '--',
      'env',
      'ELECTRON_RUN_AS_NODE=1',
      process.execPath,
      '/x/agent.js',
      'serve',
    ]);
  });

  it('needs no sudo for root, and passes settings on', () => {
    const options = { scopeAll: true, readOnly: true, idleExit: '10m', root: true };
    const line = quoted(commandLine('/x/agent.js', options));
    assert.match(
      line,
      /^env ELECTRON_RUN_AS_NODE=1 \S+ \/x\/agent\.js serve --scope all --read-only --idle-exit 10m$/,
    );
  });

  it('names the user to serve where root runs it without sudo', () => {
    const line = quoted(commandOfRoot('/x/agent.js', plainOptions, 1000));
    assert.match(line, /^env SUDO_UID=1000 ELECTRON_RUN_AS_NODE=1 \S+ \/x\/agent\.js serve$/);
  });

  it('is shown quoted, so that a shell reads the same words', () => {
    const words = ["/a b/it's", '$(id)', '`x`', 'a;b', '"', '', 'ü'];
    const shell = `for word in ${quoted(words)}; do printf '%s\\n' "$word"; done`;
    assert.deepEqual(
      execFileSync('/bin/sh', ['-c', shell], { encoding: 'utf8' }).split('\n').slice(0, -1),
      words,
    );
  });
});

describe('the script that runs it in a terminal', () => {
  /** Runs a shell command in it; `input` is what the user types. */
  function run(command: string, input = '') {
    const folder = mkdtempSync(join(tmpdir(), 'sockscope-test-'));
    const mark = join(folder, 'failed');
    try {
      const args = ['-c', agentScript, 'sh', mark, 'Press Enter.', '/bin/sh', '-c', command];
      const { status, stdout } = spawnSync('/bin/sh', args, { input, encoding: 'utf8' });
      return { status, stdout, failed: existsSync(mark) };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('ends with the command', () =>
    assert.deepEqual(run('echo agent'), { status: 0, stdout: 'agent\n', failed: false }));

  it('waits for Enter after a failure, which it marks', () =>
    assert.deepEqual(run('echo refused; exit 1', '\n'), {
      status: 0,
      stdout: 'refused\n\nPress Enter.\n',
      failed: true,
    }));

  it('does not wait after Ctrl-C', () =>
    assert.deepEqual(run('kill -INT $PPID; exit 1'), { status: 0, stdout: '', failed: false }));
});
