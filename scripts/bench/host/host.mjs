/** What the packaged extension costs in a real extension host, while it starts, and with many sockets behind its view. */

import { setTimeout as sleep } from 'node:timers/promises';
import { note, percentile, reportRow, title } from '../report.mjs';
import { Load } from '../speed/load.mjs';
import { onStage } from '../stage.mjs';
import { results } from '../table/judge.mjs';
import { Measures } from '../table/measures.mjs';
import { startClient, startServer } from '../traffic.mjs';
import { rows } from './rows.mjs';
import { Host } from './window.mjs';

const usualLoads = [10_000, 200_000];
/** Windows that are opened at each load, each with a new extension host. */
const windows = 5;
/** Connections that are opened one after the other. */
const changes = 5;
/** Milliseconds until the marks of a change are gone. */
const markMs = 3000;

const median = (values) => percentile(values, 0.5);

/** The medians of objects with the same keys. */
function medians(samples) {
  return Object.fromEntries(
    Object.keys(samples[0]).map((key) => [key, median(samples.map((sample) => sample[key]))]),
  );
}

/** A process with one connection, which opens more when it is told to. */
async function startChanger(stage) {
  const { port } = await startServer(stage);
  const client = startClient(stage, port);
  const open = () => client.ask({ open: 1, gap: [0, 0] });
  await open();
  return { pid: client.pid, open };
}

/** A new window, its view, and a large group in it. */
async function measureWindow(host, large) {
  const activation = await host.open();
  const left = await host.ask('started');
  const before = await host.ask('bytes');
  const opening = await host.ask('open');
  const opened = await host.ask('bytes');
  const expanding = await host.ask('expand', { pid: large });
  const expanded = await host.ask('bytes');
  const heap = await host.ask('heap');
  return {
    activation: activation.load + activation.activate,
    'activation: activate() alone': activation.activate,
    'after the start: folders watched': left.watches,
    'after the start: processes': left.processes,
    'after the start: intervals': left.intervals,
    'after the start: connections to an agent': left.connections,
    'opening the view': opening.settled,
    'expanding a group': expanding.settled,
    'heapUsed above the one before activation': heap,
    'opening the view: to and from the agent': (opened - before) / 1000,
    'expanding a group: to and from the agent': (expanded - opened) / 1000,
  };
}

/** A new window, in which a view of VS Code alone does what ours did. */
async function measureFloor(host) {
  await host.open();
  await host.ask('started');
  const resting = await host.ask('rest');
  const opening = await host.ask('openFloor');
  const expanding = await host.ask('expandFloor');
  return {
    'VS Code alone: nothing': resting.settled,
    'VS Code alone: opening a view': opening.settled,
    'VS Code alone: expanding a group': expanding.settled,
  };
}

/** The view is as at the start of a window again. */
async function tidy(host) {
  await host.ask('collapse');
  await host.ask('hide');
  await sleep(1000);
}

/** Kilobytes until the row of a new connection is there, in an open group. */
async function measureChange(host, { pid, open }, count) {
  const before = await host.ask('bytes');
  await open();
  await host.ask('rows', { pid, count });
  const after = await host.ask('bytes');
  await sleep(markMs);
  return (after - before) / 1000;
}

/** In the last window, whose view is open. */
async function measureChanges(host, changer) {
  await host.ask('expand', { pid: changer.pid });
  const sizes = [];
  for (let change = 0; change < changes; change++)
    sizes.push(await measureChange(host, changer, changer.connections + change + 1));
  changer.connections += changes;
  return { 'a change: to and from the agent': median(sizes) };
}

async function measureLoad(host, large, changer) {
  const samples = [];
  for (let window = 0; window < windows; window++) {
    if (window > 0) await tidy(host);
    samples.push(await measureWindow(host, large));
  }
  const changed = await measureChanges(host, changer);
  await tidy(host);
  const floors = [];
  for (let window = 0; window < windows; window++) {
    floors.push(await measureFloor(host));
    await host.ask('hide');
  }
  return { ...medians(samples), ...changed, ...medians(floors) };
}

/** `loads`: numbers of sockets, ascending; `quick`: without the largest of the usual. */
export function host({ quick = false, loads = quick ? usualLoads.slice(0, -1) : usualLoads } = {}) {
  title(
    'The extension in a real VS Code: CPU of its host, memory after a collection, bytes to and from the agent',
  );
  return onStage(async ({ stage }) => {
    const measures = new Measures();
    const window = await Host.start(stage);
    const load = await Load.start(stage);
    const changer = { ...(await startChanger(stage)), connections: 1 };
    for (const sockets of loads) {
      await load.grow(sockets);
      const measured = await measureLoad(window, load.pid, changer);
      for (const [name, value] of Object.entries(measured)) measures.set(name, sockets, value);
    }
    for (const row of results(rows, measures)) reportRow(row);
    note(`medians of ${windows} windows, each with a new extension host, and of ${changes} changes`);
  });
}
