/** How long a port takes to be freed: from the consent to the bind that proves it, for each holder of the tests. */

import { holders } from '../../test/helpers/holders';
import { Scene } from '../../test/helpers/holders/scene';
import { milliseconds, percentile, report, title } from './report.mjs';
import { onStage } from './stage.mjs';

const runs = 5;

/** Milliseconds; null: it was free already, or is still busy. */
async function freeOnce(stage, holder, number) {
  const scene = await Scene.make(stage, holder, number);
  try {
    return (await scene.free()).json.provedMs;
  } finally {
    await scene.close();
  }
}

async function measure(stage, holder, index) {
  const missing = await holder.missing?.(stage);
  if (missing) return missing;
  const times = [];
  for (let run = 0; run < runs; run++) times.push(await freeOnce(stage, holder, index * runs + run));
  const proved = times.filter((ms) => ms !== null);
  return proved.length < runs ? `proved ${proved.length} of ${runs}` : milliseconds(percentile(proved, 0.5));
}

export function free() {
  title(`sockscope free, consent to proof: medians of ${runs} runs`);
  return onStage(async ({ stage }) => {
    const freeable = holders.filter(({ expected }) => expected.exit === 0 && expected.before !== 'free');
    for (const [index, holder] of freeable.entries())
      report(holder.name, await measure(stage, holder, index));
  });
}
