/** Ports that a plain user can free without an agent and without sudo, by signals alone. */

import { after, before, describe, it } from 'node:test';
import type { Expected, Holder } from '../helpers/holders/holder';
import { timeWait } from '../helpers/holders/leftovers';
import { strangers } from '../helpers/holders/listeners';
import { checkRow } from '../helpers/holders/row';
import {
  goHttp,
  nginxServer,
  nodeHttp,
  pythonHelped,
  pythonServer,
  redisServer,
} from '../helpers/holders/servers';
import { Stage, withoutRoot } from '../helpers/stage';

/** The connection's time-wait stays; a server with SO_REUSEADDR, as these are, can bind the port nevertheless. */
const bySignal: Partial<Expected> = { steps: ['signal: exited'], exit: 0, after: 'reuse' };

const rows: readonly (readonly [Holder, Partial<Expected>])[] = [
  ...[nodeHttp, pythonServer, goHttp, redisServer, nginxServer].map((holder) => [holder, bySignal] as const),
  [pythonHelped, {}],
  [timeWait, { steps: ['destroy: needs-agent'], exit: 3, after: 'reuse' }],
  // Its owner is not visible.
  [strangers, { why: ['listener: signal'], steps: ['signal: needs-agent'], exit: 3 }],
];

/** The ports differ from those of free.test.ts. */
const firstNumber = 50;

describe('busy ports, freed without an agent', { skip: withoutRoot, concurrency: 3 }, () => {
  let stage: Stage;
  before(() => {
    stage = new Stage();
  });
  after(() => stage?.close());

  for (const [number, [holder, expected]] of rows.entries())
    it(holder.name, async (context) => {
      const missing = await holder.missing?.(stage);
      if (missing) return context.skip(missing);
      const row = { ...holder, expected: { ...holder.expected, ...expected } };
      await checkRow(stage, row, firstNumber + number);
    });
});
