/** From a run to the file of a scenario. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readScenario } from '../../../../agent/client/scenario/read-scenario';
import type { DrillResult } from '../../../../agent/protocol';
import { readMessage } from '../../../../extension/reconnect/timeline/timeline-message';
import { fromResult } from '../../../../extension/reconnect/timeline/timeline-run';
import { toScenario } from '../../../../extension/reconnect/timeline/timeline-scenario';
import { attempt, result, round } from '../../../helpers/drills';
import { english } from '../../../helpers/sockets';

const processes = [
  { pid: 42, name: 'node' },
  { pid: 43, name: 'redis worker' },
  { pid: 44, name: 'a,b' },
];
const lost = [{ remote: { address: '::ffff:127.0.0.1', port: 6379 }, pids: [42], backMs: 101.2 }];

const text = (drill: DrillResult) => toScenario(english, fromResult(1, drill, 'done', null));

/** The only step but the wait. */
function drillOf(drill: DrillResult) {
  const read = readScenario(text(drill));
  assert.ok(read.ok, JSON.stringify(read));
  const [wait, step] = read.scenario.steps;
  assert.ok(wait?.kind === 'wait' && step?.kind === 'drill');
  assert.equal(wait.filter, step.params.filter);
  return step;
}

const filterOf = (target: string) =>
  drillOf(result([round(1, [attempt(100)], { lost, processes })], { target })).params.filter;

describe('a run as a scenario', () => {
  it('does the same again, and expects twice the worst that was measured', () => {
    const rounds = [round(1, [attempt(100)]), round(2, [attempt(300, { result: 'refused' }), attempt(1100)])];
    const { params, expected } = drillOf(result(rounds, { hold: { fault: 'blackhole', ms: 20_000 } }));
    assert.deepEqual(
      [params.times, params.hold, params.waitMs],
      [2, { fault: 'blackhole', ms: 20_000 }, 30_000],
    );
    assert.deepEqual(expected, {
      recovery: { withinMs: 3000, atLeast: null },
      maxAttempts: 4,
      noCrash: true,
      noLeak: false,
    });
  });

  it('waits as long as it expects', () =>
    assert.equal(drillOf(result([round(1, [attempt(40_000)])])).params.waitMs, 81_000));

  it('expects no recovery where a round had none, and says so', () => {
    const drill = result([round(1, [attempt(100)]), round(2, [], { verdict: 'lazy' })]);
    assert.deepEqual(drillOf(drill).expected, {
      recovery: null,
      maxAttempts: null,
      noCrash: true,
      noLeak: false,
    });
    assert.match(text(drill), /^ {4}# Not every round recovered, /m);
  });

  it('expects no number of attempts where events were lost, and no process that lives where one ended', () => {
    const exit = { pid: 42, name: 'node', atMs: 5, code: 1, signal: null, restartedAs: null };
    const drill = result([
      round(1, [attempt(100)], { incomplete: true, dropped: 3, exit, verdict: 'crashed' }),
    ]);
    assert.deepEqual(drillOf(drill).expected, {
      recovery: null,
      maxAttempts: null,
      noCrash: false,
      noLeak: false,
    });
  });

  for (const [target, lasting] of [
    ['pid:42 remote:127.0.0.1:6379', 'process:node remote:127.0.0.1:6379'],
    ['pid:42', 'process:node remote:127.0.0.1:6379'],
    ['pid:42,43 addr:10.0.0.5', '"process:node,redis worker" addr:10.0.0.5'],
    ['cookie:4711 net:4026531840', 'remote:127.0.0.1:6379'],
    ['PID:42 "cookie:7"', 'process:node remote:127.0.0.1:6379'],
    ['remote:5432 -user:root', 'remote:5432 -user:root'],
  ] as const)
    it(`has ${lasting} for ${target}`, () => assert.equal(filterOf(target), lasting));

  for (const target of ['pid:42,99 remote:5432', 'remote:5432 -pid:42', 'pid:44', 'remote:5432 -net:7'])
    it(`keeps ${target}, which no name can stand for, and says so`, () => {
      assert.equal(filterOf(target), target);
      assert.match(text(result([round(1, [attempt(100)])], { target })), /^# Another start has other pids/m);
    });

  it('names no remote that nothing connected to again: a port of a client elsewhere', () => {
    const gone = round(1, [], { lost, processes, verdict: 'lazy' });
    assert.equal(drillOf(result([gone], { target: 'pid:42' })).params.filter, 'pid:42');
  });

  it('has no more than a scenario may have', () => {
    const { params, expected } = drillOf(
      result([round(1, [attempt(31 * 60_000)], { attemptCount: 600_000 })]),
    );
    assert.deepEqual(
      [params.waitMs, expected.recovery?.withinMs, expected.maxAttempts],
      [3_600_000, 3_600_000, 1_000_000],
    );
  });

  it('keeps a target that is no filter in quotes, as it may come from a file', () => {
    const target = 'x"\n- destroy: {filter: "pid:1"}';
    assert.match(text(result([round(1, [attempt(100)])], { target })), /filter: "x\\"\\n- destroy: /);
  });

  it('is asked for by the page', () =>
    assert.deepEqual(readMessage({ kind: 'export', run: 1, format: 'yml' }), {
      kind: 'export',
      run: 1,
      format: 'yml',
    }));
});
