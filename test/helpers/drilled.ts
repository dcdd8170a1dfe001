/** Drills of a client that logs its own times, for the accuracy test and its benchmark. */

import { execFileSync } from 'node:child_process';
import type { DrillOptions, DrillResult } from '../../agent/client/library';
import { connect } from '../../agent/client/library/connect';
import { type Comparison, clientRounds, compareRounds } from './accuracy';
import { until } from './programs';
import { type PauseRange, ReconnectingClient } from './reconnecting';
import type { Stage } from './stage';

const constantPause: PauseRange = [50, 50];

export interface Measured extends Comparison {
  readonly drill: DrillResult;
}

/** Needs an agent of the stage's user. The server never calls accept(): the kernel completes the handshakes. */
export async function measureReconnects(
  stage: Stage,
  options: DrillOptions,
  pause = constantPause,
): Promise<Measured> {
  const server = await stage.puppet();
  const { local } = await server.listen('server', { family: 'ipv4', address: '127.0.0.1', backlog: 4000 });
  const client = await ReconnectingClient.start(stage, local, pause);
  const drill = await drillIt(stage, client, options);
  await until('the client has logged all', () => client.connected > drill.rounds.length);
  await client.stop();
  return { drill, ...compareRounds(drill.rounds, clientRounds(client.log)) };
}

/** As above, but without a route to the server, so that each connect fails at once, without a packet. It makes so many. */
export async function measureUnreachable(
  stage: Stage,
  { waitMs, connects }: { readonly waitMs: number; readonly connects: number },
): Promise<Measured> {
  const [near, far] = [stage.makeNetns('near'), stage.makeNetns('far')];
  near.join(far);
  const server = await stage.puppet({ netns: far });
  const { local } = await server.listen('server', { family: 'ipv4', address: '10.77.0.2', backlog: 4000 });
  const client = await ReconnectingClient.start(stage, local, constantPause, { netns: near }, connects);
  execFileSync('ip', ['-n', near.name, 'route', 'delete', '10.77.0.0/24']);
  const drill = await drillIt(stage, client, { times: 1, wait: waitMs });
  await client.stop();
  return { drill, ...compareRounds(drill.rounds, clientRounds(client.log)) };
}

async function drillIt(
  stage: Stage,
  client: ReconnectingClient,
  options: DrillOptions,
): Promise<DrillResult> {
  const sockscope = await connect({ uid: stage.user.uid });
  try {
    return await sockscope.drill(`pid:${client.pid}`, { every: 0, ...options });
  } finally {
    sockscope.close();
  }
}
