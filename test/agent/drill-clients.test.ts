/** Drills of widely used clients, all at the same time by one agent. Each reconnects in its own way, or does not. */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Sockscope } from '../../agent/client/library';
import { connect } from '../../agent/client/library/connect';
import type { DrillResult } from '../../agent/protocol';
import { clients, installClients, quitters, startClient } from '../helpers/clients/client';
import { Stage, withoutRoot } from '../helpers/stage';

interface Drilled {
  readonly cut: DrillResult;
  readonly held: DrillResult;
}

describe('drills of widely used clients', { skip: withoutRoot }, () => {
  let stage: Stage;
  let sockscope: Sockscope;
  let folder: string;
  let drilled: ReadonlyMap<string, Drilled | null>;
  before(async () => {
    stage = new Stage();
    await stage.agent();
    sockscope = await connect({ uid: stage.user.uid });
    folder = installClients(stage);
    const drills = clients.map(async (client, index): Promise<[string, Drilled | null]> => {
      const filter = await startClient(stage, folder, client, index);
      if (filter === null) return [client.name, null];
      const cut = await sockscope.drill(filter, { times: 2, every: '1s', wait: '10s' });
      const held = await sockscope.drill(filter, { times: 1, fault: 'refused', down: '3s', wait: '30s' });
      return [client.name, { cut, held }];
    });
    drilled = new Map(await Promise.all(drills));
  });
  after(async () => {
    sockscope?.close();
    await stage?.close();
  });

  for (const { name, crashes } of clients)
    it(name, (t) => {
      const results = drilled.get(name);
      assert.notEqual(results, undefined);
      if (!results) return t.skip('it is not installed');
      const { cut, held } = results;
      const rounds = [...cut.rounds, ...held.rounds];
      const shown = JSON.stringify(rounds, null, 1);
      assert.equal(rounds.length, 3);
      for (const { verdict, destroyed, recoveredMs, exit } of rounds) {
        assert.equal(verdict, crashes ? 'crashed' : 'recovered', shown);
        assert.ok(destroyed >= 1, shown);
        assert.notEqual(recoveredMs, null, shown);
        assert.equal(Boolean(exit?.restartedAs), Boolean(crashes), shown);
      }
      const [round] = held.rounds;
      assert.ok(round);
      const refused = round.attempts.filter(({ byOutage }) => byOutage);
      assert.ok(refused.length > 0, shown);
      assert.ok(
        refused.every(({ result }) => result === 'refused'),
        shown,
      );
      assert.ok((round.recoveredMs ?? 0) >= 2900, shown);
    });

  for (const [index, client] of quitters.entries())
    it(`${client.name}: ${client.verdict}`, async (t) => {
      const filter = await startClient(stage, folder, client, clients.length + index);
      if (filter === null) return t.skip('it is not installed');
      const fault = client.isHeld ? ({ fault: 'refused', down: '5s' } as const) : {};
      const { rounds } = await sockscope.drill(filter, { times: 1, wait: '3s', ...fault });
      const shown = JSON.stringify(rounds, null, 1);
      assert.deepEqual(
        rounds.map(({ verdict, recovered }) => [verdict, recovered]),
        [[client.verdict, 0]],
        shown,
      );
      // What else its parent, this test, starts in the meantime has not taken its place.
      assert.equal(rounds[0]?.exit?.restartedAs ?? null, null, shown);
    });
});
