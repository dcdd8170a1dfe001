/** A client that logs its own times, drilled: scenes that the accuracy test and benchmark share. */

import { execFileSync } from 'node:child_process';
import type { DrillOptions, DrillResult } from '../../agent/client/library';
import { connect } from '../../agent/client/library/connect';
import { type Comparison, compareRounds, livedRounds } from './accuracy';
import { until } from './programs';
import { Reconnecting } from './reconnecting';
import type { Stage } from './stage';

/** Milliseconds that the client waits before it connects again. */
const pauseMs = 50;

export interface Measured extends Comparison {
  readonly drill: DrillResult;
}

/** Needs an agent of the stage's user. The server never accepts, which the kernel does for it. */
export async function measureReconnects(stage: Stage, options: DrillOptions): Promise<Measured> {
  const server = await stage.puppet();
  const { local } = await server.listen('server', { family: 'ipv4', address: '127.0.0.1', backlog: 4000 });
  const client = await Reconnecting.start(stage, local, pauseMs);
  const drill = await drillIt(stage, client, options);
  await until('the client has said all', () => client.connected > drill.rounds.length);
  await client.stop();
  return { drill, ...compareRounds(drill.rounds, livedRounds(client.said)) };
}

/** As above, but the way to the server is gone before the first round: each connect fails at once, without a packet. */
export async function measureUnreachable(stage: Stage, waitMs: number): Promise<Measured> {
  const [near, far] = [stage.makeNetns('near'), stage.makeNetns('far')];
  near.join(far);
  const server = await stage.puppet({ netns: far });
  const { local } = await server.listen('server', { family: 'ipv4', address: '10.77.0.2', backlog: 4000 });
  const client = await Reconnecting.start(stage, local, pauseMs, { netns: near });
  execFileSync('ip', ['-n', near.name, 'route', 'delete', '10.77.0.0/24']);
  const drill = await drillIt(stage, client, { times: 1, wait: waitMs });
  await client.stop();
  // An attempt is known to have failed a little later than it did, and the client goes on after the round.
  return { drill, ...compareRounds(drill.rounds, livedRounds(client.said), waitMs - 200) };
}

async function drillIt(stage: Stage, client: Reconnecting, options: DrillOptions): Promise<DrillResult> {
  const sockscope = await connect({ uid: stage.user.uid });
  try {
    return await sockscope.drill(`pid:${client.pid}`, { every: 0, ...options });
  } finally {
    sockscope.close();
  }
}
