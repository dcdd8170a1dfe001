/** The time from connect() to the notification of a client, by a watch and by a view with the row in its window. */

import { setTimeout as sleep } from 'node:timers/promises';
import { socketsChanged, unpackChange, viewChanged, watchSockets } from '../../agent/protocol';
import { report, reportTimes, title } from './report.mjs';
import { onStage, openView } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';

const single = { count: 500, gap: [0.15, 0.3] };
const burst = { count: 50, times: 10, gap: [0, 0.002], pause: [300, 900] };

/** The time of the first notification of each local port, in nanoseconds of CLOCK_MONOTONIC. */
function listen(client) {
  const notified = { watch: new Map(), view: new Map() };
  const note = (times, { local }) => {
    if (!times.has(local.port)) times.set(local.port, process.hrtime.bigint());
  };
  client.on(socketsChanged, ({ changes }) => {
    for (const { event, socket } of changes) if (event === 'added') note(notified.watch, socket);
  });
  client.on(viewChanged, (change) => {
    const { rows } = unpackChange(change);
    for (const { set } of Object.values(rows)) for (const { socket } of set) note(notified.view, socket);
  });
  return notified;
}

/** Milliseconds from before connect() to the notification. */
function delays(opened, times) {
  return opened.flatMap(([port, at]) =>
    times.has(port) ? [Number(times.get(port) - BigInt(at)) / 1e6] : [],
  );
}

function reportDelays(kind, opened, notified, aim) {
  for (const [name, times] of Object.entries(notified)) {
    const found = delays(opened, times);
    reportTimes(`${kind}, to the ${name}`, found, aim);
    report(`${kind}, missed by the ${name}`, opened.length - found.length, '0');
  }
}

async function openBursts(connector) {
  const opened = [];
  const [minPause, maxPause] = burst.pause;
  for (let time = 0; time < burst.times; time++) {
    opened.push(...(await connector.ask({ open: burst.count, gap: burst.gap })));
    await sleep(minPause + Math.random() * (maxPause - minPause));
  }
  return opened;
}

export function latency() {
  title(
    `connect() to change notification: ${single.count} connections, then ${burst.times} bursts of ${burst.count}`,
  );
  return onStage(async ({ stage, agent }) => {
    const { port } = await startServer(stage);
    const filter = `remote:127.0.0.1:${port}`;
    const client = await agent.client();
    const notified = listen(client);
    await client.request(watchSockets, { filter });
    await openView(client, { filter, groupBy: 'state', open: { 'state/established': 10_000 } });
    const connector = startClient(stage, port);
    const opened = await connector.ask({ open: single.count, gap: single.gap });
    await sleep(3000);
    reportDelays('one at a time', opened, notified, 'p95 under 100 ms');
    await connector.ask({ close: single.count });
    await sleep(6000); // so that no port is notified twice
    notified.watch.clear();
    notified.view.clear();
    const bursts = await openBursts(connector);
    await sleep(3000);
    reportDelays('in bursts', bursts, notified);
  });
}
