/** Attempts and recoveries that a drill reports, against the log of the client that made them. */

import { measureReconnects, measureUnreachable } from '../../test/helpers/drilled';
import { report, reportTimes, title } from './report.mjs';
import { Load } from './speed/load.mjs';
import { onStage } from './stage.mjs';

const idle = 16_000;

function reportMeasured(name, { compared, missed, invented, different, startErrors, recoveryErrors }) {
  report(`${name}: attempts compared`, compared);
  report(`${name}: missed, invented, ended different`, `${missed}, ${invented}, ${different}`, '0, 0, 0');
  reportTimes(`${name}: error of starts`, startErrors, 'p50 under 1 ms');
  if (recoveryErrors.length > 0)
    reportTimes(`${name}: error of recoveries`, recoveryErrors, 'p50 under 1 ms');
}

/** The client is back after 0 to 120 ms: some connects are as quick as the scans before a round are slow. */
export function drillVerdicts({ rounds }) {
  title(
    `Verdicts of ${rounds} rounds beside ${idle} idle sockets: the client is back within 120 ms, in each`,
  );
  return onStage(async ({ stage }) => {
    const load = await Load.start(stage);
    await load.grow(idle);
    const { drill, ...measured } = await measureReconnects(stage, { times: rounds, wait: '5s' }, [0, 120]);
    const wrong = drill.rounds.filter(({ verdict, incomplete }) => verdict !== 'recovered' || incomplete);
    report('rounds', drill.rounds.length);
    report('verdicts other than recovered', wrong.length, 0);
    for (const { round, message } of wrong) report(`round ${round}`, message);
    reportMeasured('attempts', measured);
  });
}

export function drillAccuracy() {
  title('Accuracy of drills: a client that logs its own monotonic times');
  return onStage(async ({ stage }) => {
    reportMeasured('100 rounds', await measureReconnects(stage, { times: 100 }));
    reportMeasured('held down', await measureReconnects(stage, { times: 5, fault: 'refused', down: '2s' }));
    reportMeasured('unreachable', await measureUnreachable(stage, { waitMs: 8000, connects: 60 }));
  });
}
