import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { programPath } from '../../../../agent/client/program-path';
import { bars } from '../../../../agent/client/start-problem';
import { startProblemReason } from '../../../../extension/base/sudo';

describe('sudo', () => {
  it('is barred by no_new_privs, which the process status has', () => {
    assert.equal(bars('Seccomp:\t0\nNoNewPrivs:\t1\n'), true);
    assert.equal(bars('Seccomp:\t1\nNoNewPrivs:\t0\n'), false);
  });

  it('is found on PATH alone', () => {
    assert.match(programPath('sh') ?? '', /^\/.*\/sh$/);
    assert.equal(programPath('sockscope-is-no-program'), undefined);
  });

  it('has a reason of its own for each problem', () => {
    const texts = (['barred', 'missing', 'contained', 'closed'] as const).map((problem) =>
      startProblemReason((message) => message, problem),
    );
    assert.match(texts[0] ?? '', /no_new_privs/);
    assert.match(texts[1] ?? '', /not installed/);
    assert.match(texts[2] ?? '', /container/);
    assert.match(texts[3] ?? '', /root may not read/);
  });
});
