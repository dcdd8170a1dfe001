/** Drills of a program that ends, and that its parent starts again. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { drillOf, withProgram } from '../helpers/drill-programs';
import { Stage, withoutRoot } from '../helpers/stage';

/** The parent of a program, which starts it whenever it has ended. */
const startedAgain = ['/bin/sh', '-c', 'while true; do "$@"; done', 'sh'];

describe('a drill of a program that ends', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(() => stage?.close());

  it('a program that ends is reported with its exit code', () =>
    withProgram(stage, 'crashes', 7005, async (pid) => {
      const { result } = await drillOf(stage, `pid:${pid}`, '--times', '1', '--wait', '5s');
      const [round] = result.rounds;
      assert.deepEqual(
        [round?.verdict, round?.exit?.pid, round?.exit?.code, round?.exit?.signal],
        ['crashed', pid, 7, null],
      );
    }));

  it('and with its successor if its parent starts it again', () =>
    withProgram(
      stage,
      'crashes',
      7006,
      async (pid) => {
        const { result } = await drillOf(stage, `pid:${pid}`, '--times', '1', '--wait', '5s');
        const [round] = result.rounds;
        assert.equal(round?.verdict, 'crashed');
        const successor = round?.exit?.restartedAs?.pid;
        assert.ok(successor && successor !== pid, round?.message);
        assert.equal(round?.attempts.at(-1)?.pid, successor);
        process.kill(successor, 'SIGKILL');
      },
      startedAgain,
    ));

  it('a program that is started again during the outage is held down as well', () =>
    withProgram(
      stage,
      'crashes',
      7011,
      async (pid) => {
        const words = ['--times', '1', '--fault', 'refused', '--down', '6s', '--wait', '1s'];
        const { result } = await drillOf(stage, `pid:${pid}`, ...words);
        const [round] = result.rounds;
        const successor = round?.exit?.restartedAs?.pid;
        assert.ok(successor && successor !== pid, round?.message);
        const during = round.attempts.filter(({ atMs }) => atMs < 5900);
        assert.ok(during.length > 0, JSON.stringify(round));
        for (const { result, byOutage } of during) assert.deepEqual([result, byOutage], ['refused', true]);
        process.kill(successor, 'SIGKILL');
      },
      startedAgain,
    ));
});
