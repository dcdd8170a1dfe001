import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '../../../../../agent/client/connect';
import { readScenario } from '../../../../../agent/client/scenario/read-scenario';
import { runScenario, type StepResult } from '../../../../../agent/client/scenario/run-scenario';
import {
  type DegradeResult,
  type DrillResult,
  nothingLeftOut,
  packSockets,
} from '../../../../../agent/protocol';
import { attempt, result, round } from '../../../../helpers/drills';

const twoFaults =
  'loops: 2\nsteps: [{ destroy: { filter: "pid:1" } }, { outage: { filter: "pid:2", for: 1s } }]';

/** An agent that sees no socket. */
const request = async () => ({
  ...{ sockets: packSockets([]), namespaces: [], leftOut: nothingLeftOut },
  ...{ connections: null, cursor: null },
});

/** Of a scenario that asks an agent for drills alone, and for lists. */
async function run(
  drill: (stop: AbortController, filter: string) => DrillResult | null,
  scenario = twoFaults,
  degrade: () => DegradeResult | null = () => null,
): Promise<StepResult[]> {
  const read = readScenario(scenario);
  assert.ok(read.ok);
  const stop = new AbortController();
  const host = {
    client: { request } as unknown as Client,
    drill: async ({ filter }: { readonly filter: string }) => drill(stop, filter),
    degrade: async () => degrade(),
    signal: stop.signal,
  };
  const results: StepResult[] = [];
  for await (const one of runScenario(host, read.scenario)) results.push(one);
  return results;
}

const outcomes = (results: readonly StepResult[]) => results.map(({ outcome }) => outcome);
const recovered = () => result([round(1, [attempt(100)])]);

describe('the steps of a scenario', () => {
  it('are taken in each loop', async () => {
    const filters: string[] = [];
    const results = await run((_, filter) => {
      filters.push(filter);
      return recovered();
    });
    assert.deepEqual(outcomes(results), Array(4).fill('passed'));
    assert.deepEqual(filters, ['pid:1', 'pid:2', 'pid:1', 'pid:2']);
    assert.deepEqual(results.map(({ loop, step, name }) => [loop, step, name]).slice(2), [
      [2, 1, 'destroy pid:1'],
      [2, 2, 'outage of pid:2, refused for 1s'],
    ]);
  });

  it('end with an error, a no, and between two of them by Ctrl-C: nothing more is cut', async () => {
    const ends: readonly [
      drill: (stop: AbortController) => DrillResult | null,
      outcomes: string[],
      why: RegExp,
    ][] = [
      [
        () => {
          throw new Error('the kernel refused');
        },
        ['failed', 'skipped'],
        /the kernel refused/,
      ],
      [() => null, ['failed', 'skipped'], /You did not agree/],
      [
        (stop) => {
          stop.abort(new Error('It was interrupted'));
          return recovered();
        },
        ['passed', 'failed'],
        /It was interrupted/,
      ],
    ];
    for (const [drill, expected, why] of ends) {
      let drills = 0;
      const results = await run((stop) => {
        drills += 1;
        return drill(stop);
      });
      assert.deepEqual([outcomes(results), drills], [expected, 1]);
      assert.match(results.flatMap(({ failures }) => failures).join(), why);
    }
  });

  it('have of a degrade what was measured, and end where it was stopped', async () => {
    const none = { seen: 0, dropped: 0, percent: null };
    const measured = (cancelled: boolean) => () =>
      ({
        measured: { in: none, out: { seen: 20, dropped: 1, percent: 5 }, both: none },
        cancelled,
      }) as unknown as DegradeResult;
    const scenario = (more: string) =>
      `steps: [{ degrade: { filter: "pid:1", loss: 5%, direction: out, for: 1s }${more} }]`;
    const [passed] = await run(recovered, scenario(''), measured(false));
    assert.deepEqual(
      [passed?.outcome, passed?.message, passed?.name],
      ['passed', '1 of 20 packets dropped, 5%', 'degrade pid:1, 5% of packets lost, out, for 1s'],
    );
    assert.equal(passed?.degrade?.measured.out.seen, 20);
    const slow =
      'steps: [{ degrade: { filter: "pid:1", rate: 100kB/s, for: 1s } }, { wait: { filter: "pid:1" } }]';
    const at = (bytesPerSecond: number) => ({ bytesPerSecond });
    const rates = () =>
      ({ measured: { in: at(99_700), out: at(0), both: at(99_700) }, cancelled: false }) as DegradeResult;
    const [slowed] = await run(recovered, slow, rates);
    assert.deepEqual(
      [slowed?.message, slowed?.name],
      ['in 99.7 kB/s, out 0 B/s', 'degrade pid:1, 100 kB/s at most, in and out, for 1s'],
    );
    const [stopped] = await run(recovered, scenario(''), measured(true));
    assert.deepEqual(stopped?.failures, ['It was interrupted']);
    assert.deepEqual((await run(recovered, scenario('')))[0]?.failures, ['You did not agree']);
    const [unknown] = await run(recovered, scenario(', expect: { no-crash: true }'), measured(false));
    assert.match(unknown?.failures.join() ?? '', /^Whether a process ends is not known/);
  });

  it('do not pass where no process is known that could leak', async () => {
    const [result] = await run(
      recovered,
      'steps: [{ destroy: { filter: "pid:1" }, expect: { no-leak: true } }]',
    );
    assert.match(result?.failures.join() ?? '', /^Whether a process leaks is not known/);
  });
});
