/** The time to free a port, up to the bind that proves it, for each holder of the tests. */

import { usualIntervals } from '../../agent/client/ports/free-session';
import { holders } from '../../test/helpers/holders';
import { HolderFixture } from '../../test/helpers/holders/fixture';
import { milliseconds, percentile, report, title } from './report.mjs';
import { onStage } from './stage.mjs';

const runs = 5;

/** Milliseconds from the consent, in the report of the command, and from its start, without the watch after the proof. */
async function freeOnce(stage, holder, number) {
  const fixture = await HolderFixture.make(stage, holder, number);
  try {
    const started = performance.now();
    const { json } = await fixture.free();
    return { consent: json.provedMs, command: performance.now() - started - usualIntervals.watchMs };
  } finally {
    await fixture.close();
  }
}

async function measure(stage, holder, index) {
  const missing = await holder.missing?.(stage);
  if (missing) return missing;
  const times = [];
  for (let run = 0; run < runs; run++) times.push(await freeOnce(stage, holder, index * runs + run));
  const proved = times.filter(({ consent }) => consent !== null);
  if (proved.length < runs) return `proved ${proved.length} of ${runs}`;
  const median = (what) => milliseconds(percentile(proved.map(what), 0.5));
  return `${median(({ consent }) => consent)}, ${median(({ command }) => command)}`;
}

export function free() {
  title(
    `sockscope free, to the proof: from the consent, and from the start of the command (medians of ${runs})`,
  );
  return onStage(async ({ stage }) => {
    const freeable = holders.filter(({ expected }) => expected.exit === 0 && expected.before !== 'free');
    for (const [index, holder] of freeable.entries())
      report(holder.name, await measure(stage, holder, index));
  });
}
