/** Real holders of ports, explained and freed by the command line with an agent; prints a table of all at the end. */

import { after, before, describe, it } from 'node:test';
import { holders } from '../helpers/holders';
import { checkRow, type Row } from '../helpers/holders/row';
import { tableOf } from '../helpers/holders/table';
import { Stage, withoutRoot } from '../helpers/stage';

describe('busy ports, freed with an agent', { skip: withoutRoot, concurrency: 3 }, () => {
  let stage: Stage;
  const rows = new Map<number, Row>();
  before(async () => {
    stage = new Stage();
    await stage.agent();
  });
  after(async () => {
    await stage?.close();
    const inOrder = [...rows].sort(([one], [other]) => one - other).map(([, row]) => row);
    console.log(`\n${tableOf(inOrder)}\n`);
  });

  for (const [number, holder] of holders.entries())
    it(holder.name, async (context) => {
      const missing = await holder.missing?.(stage);
      if (missing) return context.skip(missing);
      rows.set(number, await checkRow(stage, holder, number));
    });
});
