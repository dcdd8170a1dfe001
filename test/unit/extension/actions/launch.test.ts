import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  agentScript,
  commandsOf,
  forRoot,
  serveWords,
  shellText,
} from '../../../../extension/actions/launch-command';

const plainOptions = { scopeAll: false, readOnly: false, idleExit: '' };

describe('the command that starts the agent', () => {
  it('passes settings on', () => {
    assert.deepEqual(serveWords(plainOptions), []);
    assert.deepEqual(serveWords({ scopeAll: true, readOnly: true, idleExit: '10m' }), [
      '--scope',
      'all',
      '--read-only',
      '--idle-exit',
      '10m',
    ]);
  });

  it('is shown as one types it, after the one that updates an installed copy that does not fit', () => {
    const start = ['sudo', '--', '/c/bin/sockscope', 'agent', 'serve'] as const;
    const command = ['sudo', '--', 'env', 'A=1', '/x y/node', 'agent', 'install'] as const;
    assert.equal(
      shellText(commandsOf({ kind: 'installed', command: start })),
      'sudo -- /c/bin/sockscope agent serve',
    );
    assert.equal(
      shellText(commandsOf({ kind: 'outdated', reason: 'Why', command, start })),
      "sudo -- env A=1 '/x y/node' agent install && sudo -- /c/bin/sockscope agent serve",
    );
  });

  it('names the user to serve where root runs it without sudo', () => {
    const env = ['env', 'SUDO_UID=1000'];
    assert.deepEqual(forRoot(['sudo', '--', 'env', 'A=1', 'node', 'serve'], 1000), [
      ...env,
      'A=1',
      'node',
      'serve',
    ]);
    assert.deepEqual(forRoot(['sudo', '--', '/c/sockscope'], 1000), [...env, '/c/sockscope']);
    assert.deepEqual(forRoot(['/c/sockscope'], 1000), [...env, '/c/sockscope']);
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
      return { status, stdout, failed: existsSync(mark) && readFileSync(mark, 'utf8') };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('ends with the command', () =>
    assert.deepEqual(run('echo agent'), { status: 0, stdout: 'agent\n', failed: false }));

  it('waits for Enter after a failure, whose code it writes down', () =>
    assert.deepEqual(run('echo refused; exit 3', '\n'), {
      status: 0,
      stdout: 'refused\n\nPress Enter.\n',
      failed: '3\n',
    }));

  it('does not wait after Ctrl-C', () =>
    assert.deepEqual(run('kill -INT $PPID; exit 1'), { status: 0, stdout: '', failed: false }));
});
