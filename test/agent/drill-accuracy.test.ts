/** Attempts and recoveries that drills report, compared with the log of the client: none missed, none invented. */

import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { median } from '../../agent/reconnect/backoff';
import { type Measured, measureReconnects, measureUnreachable } from '../helpers/drilled';
import { Stage, withoutRoot } from '../helpers/stage';

describe('the report of a drill', { skip: withoutRoot }, () => {
  let stage: Stage;
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(() => stage?.close());

  function assertSame(t: TestContext, { missed, invented, different, ...measured }: Measured): void {
    const error = (errors: readonly number[]) =>
      errors.length === 0 ? 'none' : `${median(errors).toFixed(3)} ms`;
    t.diagnostic(
      `${measured.compared} attempts; median error: starts ${error(measured.startErrors)}, recoveries ${error(measured.recoveryErrors)}`,
    );
    assert.deepEqual({ missed, invented, different }, { missed: 0, invented: 0, different: 0 });
  }

  it('agrees with the log of the client: 20 rounds', async (t) => {
    const measured = await measureReconnects(stage, { times: 20 });
    assert.equal(measured.compared, 20);
    assert.equal(measured.drill.summary.recovered, 20);
    assertSame(t, measured);
  });

  it('agrees with the log of the client while the remote is held down', async (t) => {
    const measured = await measureReconnects(stage, { times: 2, fault: 'refused', down: '1s' });
    assert.ok(measured.compared > 10, `${measured.compared}`);
    assert.equal(measured.drill.summary.recovered, 2);
    assertSame(t, measured);
  });

  it('has the attempts that fail at once, without a packet', async (t) => {
    const connects = 20;
    const measured = await measureUnreachable(stage, { waitMs: 6000, connects });
    const [round] = measured.drill.rounds;
    assert.equal(round?.verdict, 'gave-up');
    const results = round?.attempts.map(({ result }) => result);
    assert.deepEqual(results, new Array(connects).fill('failed'));
    assertSame(t, measured);
  });
});
