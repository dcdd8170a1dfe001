import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failuresOf } from '../../../../../agent/client/scenario/judge';
import type { Expected } from '../../../../../agent/client/scenario/steps';
import type { Round } from '../../../../../agent/protocol';
import { attempt, result, round } from '../../../../helpers/drills';

const nothing: Expected = { recovery: null, maxAttempts: null, noCrash: false, noLeak: false };

function failures(more: Partial<Round>, expected: Partial<Expected>): string[] {
  const rounds = [round(1, [attempt(100)]), round(2, [attempt(100)], more)];
  return failuresOf('pid:42', result(rounds), { ...nothing, ...expected });
}

const ended: Round['exit'] = {
  pid: 42,
  name: 'node',
  atMs: 3,
  code: 7,
  signal: null,
  restartedAs: null,
};

describe('what is expected of a fault', () => {
  it('is met, or each round that is not is named', () => {
    const within = (withinMs: number) => ({ recovery: { withinMs, atLeast: null } });
    assert.deepEqual(failures({}, within(101)), []);
    assert.deepEqual(failures({}, within(100)).length, 2);
    assert.match(
      failures({ allRecoveredMs: null }, within(101)).join(),
      /^Round 2 did not recover within 101ms/,
    );
  });

  it('counts attempts, and does not know where events were lost', () => {
    assert.deepEqual(failures({ attemptCount: 5 }, { maxAttempts: 5 }), []);
    assert.deepEqual(failures({ attemptCount: 6 }, { maxAttempts: 5 }), [
      'Round 2 had 6 attempts to connect, at most 5 are expected',
    ]);
    assert.match(failures({ incomplete: true }, { maxAttempts: 5 }).join(), /^Round 2 may have had more/);
  });

  it('knows a crash, and does not where events were lost', () => {
    const crash = { exit: ended, message: 'node (pid 42) ended with code 7' };
    assert.deepEqual(failures(crash, {}), []);
    assert.match(failures(crash, { noCrash: true }).join(), /^Round 2 .*ended with code 7/);
    assert.match(failures({ incomplete: true }, { noCrash: true }).join(), /^Round 2 may have ended/);
  });

  it('is not met where nothing was cut, or it was interrupted', () => {
    const first = (verdict: Round['verdict']) =>
      failuresOf('pid:42', result([round(1, [], { verdict, message: 'not yours' })]), nothing);
    assert.match(first('missed').join(), /^Nothing matches pid:42/);
    assert.deepEqual(first('denied'), ['not yours']);
    assert.deepEqual(failuresOf('pid:42', result([], { cancelled: true }), nothing), ['It was interrupted']);
  });
});
