import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { blocksSudo, commandLine, quoted } from '../../../../extension/actions/launch-command';

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

  it('is shown quoted, so that a shell reads the same words', () => {
    const words = ["/a b/it's", '$(id)', '`x`', 'a;b', '"', '', 'ü'];
    const shell = `for word in ${quoted(words)}; do printf '%s\\n' "$word"; done`;
    assert.deepEqual(
      execFileSync('/bin/sh', ['-c', shell], { encoding: 'utf8' }).split('\n').slice(0, -1),
      words,
    );
  });
});

describe('no_new_privs', () => {
  it('is read from the process status', () => {
    assert.equal(blocksSudo('Seccomp:\t0\nNoNewPrivs:\t1\n'), true);
    assert.equal(blocksSudo('Seccomp:\t1\nNoNewPrivs:\t0\n'), false);
  });
});
