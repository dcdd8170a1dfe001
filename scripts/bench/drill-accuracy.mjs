/** Attempts and recoveries that a drill reports, against the log of the client that made them. */

import { measureReconnects, measureUnreachable } from '../../test/helpers/drilled';
import { report, reportTimes, title } from './report.mjs';
import { onStage } from './stage.mjs';

function reportMeasured(name, { compared, missed, invented, different, startErrors, recoveryErrors }) {
  report(`${name}: attempts compared`, compared);
  report(`${name}: missed, invented, ended different`, `${missed}, ${invented}, ${different}`, '0, 0, 0');
  reportTimes(`${name}: error of starts`, startErrors, 'p50 under 1 ms');
  if (recoveryErrors.length > 0)
    reportTimes(`${name}: error of recoveries`, recoveryErrors, 'p50 under 1 ms');
}

export function drillAccuracy() {
  title('Accuracy of drills: a client that logs its own monotonic times');
  return onStage(async ({ stage }) => {
    reportMeasured('100 rounds', await measureReconnects(stage, { times: 100 }));
    reportMeasured('held down', await measureReconnects(stage, { times: 5, fault: 'refused', down: '2s' }));
    reportMeasured('unreachable', await measureUnreachable(stage, 5000));
  });
}
