/**
 * Thousands of destroys of sockets chosen at random, while hundreds of connections a second come and go with tuples of those before:
 * exactly those sockets are destroyed that an answer calls so. Where the kernel may use a freed socket in a walk (kernel-bugs.ts),
 * no connection is made during a destroy, and only between the list that names its targets and the destroy.
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { listAll } from '../../agent/client/list-all';
import { agentDoctor, type DestroyedSocket, targetOf } from '../../agent/protocol';
import type { Puppet } from '../helpers/puppet';
import { python, Stage, withoutRoot } from '../helpers/stage';
import { kills, planned, seed } from './plan';

const rate = 500;
/** Of which about half are in use. */
const ports = 1200;

/** Sockets of one request: of those that a list has, at these places. */
const batch = 26;
/** 10,000 destroys in the long form. */
const batches = planned(
  fc.record({
    places: fc.array(fc.nat(), {
      minLength: batch,
      maxLength: batch,
    }),
    waitMs: fc.nat(300),
  }),
  2 * kills,
);

interface Report {
  readonly destroyed: readonly string[];
  readonly opened: number;
  readonly open: number;
}

describe(`connections that come and go, seed ${seed}`, { skip: withoutRoot }, () => {
  let stage: Stage;
  let client: Client;
  let churn: Puppet;
  let pauses: boolean;
  before(async () => {
    stage = new Stage();
    client = await (await stage.agent()).client();
    churn = await stage.victim([python, `${stage.folder}/churn.py`]);
    const { bugs } = await client.request(agentDoctor, {});
    pauses = bugs.some(({ name }) => name === 'tcp-walk');
  });
  after(() => stage?.close());

  /** Some of the targets have ended by then, and their tuples may be others'. */
  async function destroySome({
    places,
    waitMs,
  }: (typeof batches)[number]): Promise<readonly DestroyedSocket[]> {
    const { sockets } = await listAll(client, `pid:${churn.pid} state:established`);
    const chosen = new Set(places.map((place) => sockets[place % sockets.length]));
    const targets = [...chosen].flatMap((socket) => (socket ? [targetOf(socket)] : []));
    await sleep(waitMs);
    if (pauses) await churn.command('pause');
    const results = await destroyTargets(client, { targets });
    if (pauses) await churn.command('resume');
    return results;
  }

  it(`${batch * batches.length} destroys, ${rate} connections a second`, async (test) => {
    await churn.command('churn', { rate, ports });
    await sleep(1000);
    const results: DestroyedSocket[] = [];
    for (const one of batches) results.push(...(await destroySome(one)));
    const { destroyed, opened, open } = (await churn.command('report')) as Report;
    assert.equal(open, 0);
    const asked = new Set(results.map(({ cookie }) => cookie));
    const gone = new Set(destroyed);
    const wrong = destroyed.filter((cookie) => !asked.has(cookie));
    const misreported = results.filter(
      ({ outcome, cookie }) => (outcome === 'destroyed') !== gone.has(cookie),
    );
    test.diagnostic(
      `${results.length} destroys of ${opened} connections over ${ports} tuples${pauses ? ', none made meanwhile' : ''}: ${countsOf(results)}; ` +
        `${wrong.length} wrong sockets, ${misreported.length} misreported outcomes`,
    );
    assert.deepEqual([wrong, misreported], [[], []]);
    // The slower the machine, the fewer live until they are destroyed.
    assert.ok(gone.size > 0, 'one at least was destroyed');
  });
});

/** `12 destroyed, 3 gone` */
function countsOf(results: readonly DestroyedSocket[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of results) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
