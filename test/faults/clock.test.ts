/** The wall clock is set while all is at work: people's dates follow it, and nothing else does. */

import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../agent/client/connect';
import { agentStatus, listOutages, readAudit } from '../../agent/protocol';
import { auditLines, withOwnLog } from '../helpers/audit';
import { holdDown } from '../helpers/outages';
import { until, which } from '../helpers/programs';
import { Stage, withoutRoot } from '../helpers/stage';
import { Ground } from './ground';

const dayMs = 24 * 60 * 60 * 1000;

/** Steps of the clock, as libfaketime reads them, in days from what it is. */
const steps = {
  'a day back': -1,
  'a year ahead': 365,
  'thirty years back': -30 * 365,
  'to what it is': 0,
} as const;

const withoutFakeTime = which('libfaketime') ? false : 'libfaketime is not there';

describe('a clock that is set', { skip: withoutRoot || withoutFakeTime }, () => {
  let stage: Stage;
  let ground: Ground;
  let client: Client;
  let broker: number;
  let spec: string;
  before(async () => {
    stage = new Stage();
    ground = await Ground.prepare(stage);
    spec = join(stage.folder, 'clock');
    setClock(0);
    // Read at each call, for the wall clock alone.
    const faked = [
      `FAKETIME_TIMESTAMP_FILE=${spec}`,
      'FAKETIME_NO_CACHE=1',
      'FAKETIME_DONT_FAKE_MONOTONIC=1',
    ];
    const through = [...withOwnLog(), 'env', ...faked, 'libfaketime'];
    const agent = await stage.agent([], stage.user, { netns: stage.netns, through });
    client = await agent.client();
    broker = await agent.brokerPid();
  });
  after(() => stage?.close());

  /** All at once, for whoever reads it. */
  function setClock(days: number): void {
    writeFileSync(`${spec}.new`, `${days < 0 ? '' : '+'}${days}d\n`);
    renameSync(`${spec}.new`, spec);
  }

  const linesOf = (cookie: string) =>
    auditLines(stage.user.uid, new Date(0), `/proc/${broker}/root`).filter((line) => line.cookie === cookie);

  for (const [step, days] of Object.entries(steps)) {
    it(`${step}: a destroy has its lines, with the new date`, async () => {
      setClock(days);
      const { name, result } = await ground.destroyOne(client);
      assert.equal(result.outcome, 'destroyed', result.message);
      assert.equal(await ground.fateOf(name), 'destroyed');
      const lines = linesOf(result.cookie);
      assert.deepEqual(
        lines.map(({ phase }) => phase),
        ['intent', 'outcome'],
      );
      for (const { time } of lines) {
        const offset = Math.abs(Date.parse(time) - Date.now() - days * dayMs);
        assert.ok(offset < dayMs / 2, `${time}, ${step}`);
      }
      const { lines: shown } = await client.request(readAudit, { since: 0 });
      assert.ok(JSON.stringify(shown).includes(result.cookie), 'sockscope log has them');
      await ground.assertBystander();
    });

    it(`${step}: what is held down stays so until it is over, and is over then`, async () => {
      setClock(0);
      const { outage } = await holdDown(client, `remote:${ground.heldPort}`, { forMs: 8000 });
      assert.equal(await ground.connectErrno(), 'ECONNREFUSED');
      setClock(days);
      await sleep(1000); // the broker has renewed it twice
      assert.deepEqual(
        (await client.request(listOutages, {})).outages.map(({ id }) => id),
        [outage.id],
      );
      assert.equal(await ground.connectErrno(), 'ECONNREFUSED');
      await until('it is over', async () => (await ground.connectErrno()) === null);
      await until('and gone', async () => (await client.request(listOutages, {})).outages.length === 0);
      const { uptime } = await client.request(agentStatus, {});
      assert.ok(uptime >= 0 && uptime < 600, `up for ${uptime} s`);
    });
  }
});
