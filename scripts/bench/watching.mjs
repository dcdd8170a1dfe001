/** What a connection costs its two ends in CPU while something watches, beside what it costs while nothing does: pairs in turns. */

import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationTokenSource } from 'vscode-jsonrpc';
import { closeView, runDrill } from '../../agent/protocol';
import { cpuMs } from './processes.mjs';
import { note, reportRow, title } from './report.mjs';
import { onStage, openView } from './stage.mjs';
import { interval } from './table/interval.mjs';
import { results } from './table/judge.mjs';
import { Measures } from './table/measures.mjs';
import { below } from './table/targets.mjs';
import { startClient, startServer } from './traffic.mjs';

const pairs = 31;
/** As fast as the two ends can, and without time-wait, which would be more from pair to pair. */
const load = { churn: 10_000, seconds: 0.4, life: 0, reset: true };
const connections = load.churn * load.seconds;
/** Milliseconds until programs are attached or detached. */
const settleMs = 300;

/** Each begins to watch, and resolves with a function that ends it. */
const watchers = {
  'a view': async ({ client }) => {
    await openView(client);
    return () => client.request(closeView, { view: 1 });
  },
  'a drill of another program': async ({ client, victim }) => {
    const connection = await victim.connectOnce();
    const cancel = new CancellationTokenSource();
    const params = { filter: `cookie:${connection.cookie}`, times: 1, everyMs: 0, jitter: 0, waitMs: 60_000 };
    const drilled = client
      .request(runDrill, { drill: 1, end: 'local', oneOfPool: false, hold: null, ...params }, cancel.token)
      .catch(() => {}); // it is cancelled
    return async () => {
      cancel.cancel();
      await drilled;
    };
  },
};

/** A program of its own that is drilled: each drill destroys a connection. */
async function startVictim(stage) {
  const puppet = await stage.puppet();
  const { local } = await puppet.listen('listener', { family: 'ipv4', address: '127.0.0.1' });
  let made = 0;
  const connectOnce = async () => {
    const name = `victim ${made++}`;
    const connection = await puppet.connect(name, { family: 'ipv4', to: local });
    await puppet.accept(`accepted ${name}`, 'listener');
    return connection;
  };
  return { connectOnce };
}

/** Microseconds of CPU of both ends for each connection. */
async function cost({ server, program }) {
  const used = () => cpuMs(server.pid) + cpuMs(program.pid);
  const before = used();
  await program.ask(load);
  return (1000 * (used() - before)) / connections;
}

async function costWatched(around, watch) {
  const stop = await watch(around);
  await sleep(settleMs);
  const watched = await cost(around);
  await stop();
  await sleep(settleMs);
  return watched;
}

/** Every other pair begins with the watched one. */
async function pair(around, watch, isFirst) {
  if (isFirst) {
    const watched = await costWatched(around, watch);
    return { watched, alone: await cost(around) };
  }
  const alone = await cost(around);
  return { alone, watched: await costWatched(around, watch) };
}

async function measure(around, measures, name, watch) {
  const costs = [];
  for (let turn = 0; turn < pairs; turn++) costs.push(await pair(around, watch, turn % 2 === 1));
  const { mean, low, high } = interval(costs.map(({ watched, alone }) => 100 * (watched / alone - 1)));
  measures.set(`${name}, mean`, 'machine', mean);
  measures.set(`${name}, upper end`, 'machine', high);
  const alone = interval(costs.map((one) => one.alone)).mean;
  note(`${name}: ${low.toFixed(2)} to ${high.toFixed(2)} % of ${alone.toFixed(1)} us a connection`);
}

function rowsOf(name) {
  return [
    { name: `${name}, mean`, unit: '%', ours: `${name}, mean` },
    {
      name: `${name}, upper end of the 95 % interval`,
      unit: '%',
      ours: `${name}, upper end`,
      always: below(3),
    },
  ];
}

export function watching() {
  title(
    `What watching adds to the CPU of a connection's two ends: ${pairs} pairs of ${connections} connections`,
  );
  return onStage(async ({ stage, agent }) => {
    const measures = new Measures();
    const server = await startServer(stage);
    const around = {
      client: await agent.client(),
      victim: await startVictim(stage),
      server,
      program: startClient(stage, server.port),
    };
    await cost(around); // warms up
    for (const [name, watch] of Object.entries(watchers)) {
      await measure(around, measures, name, watch);
      for (const row of results(rowsOf(name), measures)) reportRow(row);
    }
  });
}
