/**
 * 20,000 connections opened and closed in 10 s, with a watch and a view: their state at the end against a fresh scan
 * by another agent, and the resources that agent and broker hold before and after.
 */

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../../agent/client/connect';
import { listAll } from '../../agent/client/list-all';
import { socketsChanged, unpackChange, viewChanged, watchSockets } from '../../agent/protocol';
import { ViewWindow } from '../../extension/tree/view-window';
import { start } from '../../test/helpers/programs';
import { cpuShares, holdings } from './processes.mjs';
import { report, title } from './report.mjs';
import { onStage, openView } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';

const rounds = 2;
/** Each from an address of its own: together 2,000 a second for 10 s. */
const sources = ['127.0.0.2', '127.0.0.3'];
const load = { churn: 1000, seconds: 10, life: 0.2 };
/** Connections that stay open during the run. */
const bystanders = 300;
/** Milliseconds: closed rows are shown for 5 s. */
const settleMs = 8000;
/** Milliseconds until the kernel has dropped the time-wait sockets. */
const timeWaitMs = 65_000;

const keyOf = ({ cookie, state }) => `${cookie} ${state}`;

/** The state of a client that begins with a listing and applies every change. */
async function mirror(client, filter) {
  const known = new Map();
  let added = 0;
  client.on(socketsChanged, ({ changes }) => {
    for (const { event, socket } of changes) {
      if (event === 'added') added++;
      if (event === 'closed') known.delete(socket.cookie);
      else known.set(socket.cookie, keyOf(socket));
    }
  });
  await client.request(watchSockets, { filter });
  for (const socket of (await listAll(client, filter)).sockets) known.set(socket.cookie, keyOf(socket));
  return { keys: () => [...known.values()], added: () => added };
}

/** The rows that the tree would show. */
async function treeOf(client, filter, states) {
  const window = new ViewWindow();
  client.on(viewChanged, (change) => window.apply(unpackChange(change)));
  const open = Object.fromEntries(states.map((state) => [`state/${state}`, 100_000]));
  window.replace(await openView(client, { filter, groupBy: 'state', open }));
  return () =>
    window.groups
      .flatMap((group) => window.children(group))
      .filter(({ kind, row }) => kind === 'socket' && row.mark !== 'closed')
      .map(({ row }) => keyOf(row.socket));
}

/** A scan by a new agent and broker. */
async function freshPass({ folder, netns }, filter) {
  const child = start(
    [process.execPath, join(folder, 'agent.js'), 'direct'],
    { netns },
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const client = await Client.over(child.stdout, child.stdin, () => child.stdin.end());
  const { sockets } = await listAll(client, filter);
  client.close();
  await once(child, 'exit');
  return sockets.map(keyOf);
}

function compare(name, keys, fresh) {
  const [known, there] = [new Set(keys), new Set(fresh)];
  report(`${name}: missing`, fresh.filter((key) => !known.has(key)).length, '0');
  report(`${name}: too many`, keys.filter((key) => !there.has(key)).length + keys.length - known.size, '0');
}

function reportHoldings(when, pids) {
  for (const [index, name] of ['agent', 'broker'].entries()) {
    const { megabytes, fds, bpf } = holdings(pids[index]);
    report(`${when}: ${name}`, `${megabytes.toFixed(1)} MB`);
    report(`${when}: ${name}'s descriptors and BPF objects`, `${fds}, ${bpf}`, 'as before');
  }
}

async function runLoad(clients, pids) {
  const shares = cpuShares(pids, load.seconds);
  const done = await Promise.all(clients.map((client) => client.ask(load)));
  const opened = done.reduce((sum, one) => sum + one.opened, 0);
  const seconds = Math.max(...done.map((one) => one.seconds));
  report('connections opened and closed', `${opened} in ${seconds.toFixed(1)} s`);
  const [agent, broker] = (await shares).map((share) => `${(100 * share).toFixed(0)} %`);
  report('CPU of agent and broker meanwhile', `${agent}, ${broker}`);
  return opened;
}

export function churn() {
  title('20,000 connections opened and closed in 10 s, with a watch and a view');
  return onStage(async ({ stage, agent, pids }) => {
    const { port } = await startServer(stage);
    const filter = `net:${stage.netns.inode}`;
    await startClient(stage, port).ask({ open: bystanders, gap: [0, 0] });
    const clients = sources.map((source) => startClient(stage, port, source));
    const client = await agent.client();
    reportHoldings('no client watches', pids);
    const watched = await mirror(client, filter);
    const shown = await treeOf(client, filter, [
      'listen',
      'established',
      'time-wait',
      'fin-wait-2',
      'close-wait',
    ]);
    await sleep(settleMs);
    reportHoldings('watched', pids);
    for (let round = 1; round <= rounds; round++) {
      const before = watched.added();
      const opened = await runLoad(clients, pids);
      await sleep(settleMs);
      const fresh = await freshPass(stage, filter);
      report('sockets in a fresh full pass', fresh.length);
      compare('watch', watched.keys(), fresh);
      compare('view', shown(), fresh);
      report('ends of connections that the watch reported', `${watched.added() - before} of ${2 * opened}`);
      await sleep(timeWaitMs);
      reportHoldings(`after round ${round}`, pids);
    }
    client.close();
    await sleep(settleMs);
    reportHoldings('no client watches again', pids);
  });
}
