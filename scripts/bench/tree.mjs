/** The tree in a real workbench: from connect() to the row, and with 10,000 connections: to expand a group, and what moves. */

import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds, report, reportTimes, title } from './report.mjs';
import { Rows, swapped } from './rows.mjs';
import { onStage } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';
import { openWorkbench } from './workbench.mjs';

/** High enough for all rows of `single`: hidden rows are not in the page. */
const viewport = { width: 1300, height: 2000 };
const single = { count: 50, gap: [0.3, 0.6] };
/** Milliseconds after which a row counts as missed. */
const maxDelayMs = 6000;
const many = { clients: 20, each: 500 };
const expands = 10;
/** Traffic beside the 10,000 connections, so that the tree changes permanently. */
const churn = { churn: 20, seconds: 8, life: 0.5 };
const sampled = 5;
const pictureSize = { width: 1300, height: 850 };
const folder = resolve('build', 'bench');

const groupOf = (workbench, { pid }) => workbench.row(`process id ${pid}, has`);

/** A click on the arrow in front of a group. */
const toggle = (group) => group.locator('.monaco-tl-twistie').click();

/** Milliseconds from before connect() to the row, of each connection whose row was seen. */
async function toTheRow(rows, connector, count) {
  const { offset, error } = await rows.clock();
  const opened = await connector.ask({ open: count, gap: single.gap });
  await sleep(maxDelayMs);
  const seen = await rows.seen();
  const delays = opened.flatMap(([port, at]) => {
    const row = seen.find(([label]) => label.startsWith(`TCP connection 127.0.0.1:${port} to`));
    return row ? [row[1].at + offset - at / 1e6] : [];
  });
  return { delays, error };
}

async function measureRows({ workbench, rows, stage }, server, name) {
  const connector = startClient(stage, server.port);
  await connector.ask({ open: 1, gap: [0, 0] });
  const group = groupOf(workbench, connector);
  await group.waitFor();
  await toggle(group);
  await rows.firstRowAfterClick();
  const { delays, error } = await toTheRow(rows, connector, single.count);
  reportTimes(name, delays, 'p95 under 250 ms');
  report(`${name}, missed`, single.count - delays.length, '0');
  report(`${name}, clocks agree to`, milliseconds(error));
  await toggle(group);
  await connector.stop();
}

/** Resolves when all are shown in the tree. */
async function openMany({ workbench, stage }, server) {
  const clients = Array.from({ length: many.clients }, () => startClient(stage, server.port));
  await Promise.all(clients.map((client) => client.ask({ open: many.each, gap: [0, 0] })));
  const total = many.clients * many.each;
  await workbench.row(`process id ${server.pid}, has 1 listening, ${total} connections`).waitFor();
  for (const client of clients)
    await workbench.row(`process id ${client.pid}, has ${many.each} connections`).waitFor();
  return clients;
}

async function measureExpands({ workbench, rows }, programs, name) {
  const times = [];
  for (const program of programs) {
    const group = groupOf(workbench, program);
    await toggle(group);
    times.push(await rows.firstRowAfterClick());
    await sleep(500);
    await toggle(group);
    await sleep(500);
  }
  reportTimes(name, times);
}

/** The number of rows that change their place while connections open and close. */
async function measureOrder({ rows, stage }, server, name) {
  const load = startClient(stage, server.port, '127.0.0.2');
  const done = load.ask(churn);
  await sleep(1000);
  const samples = await rows.samples(sampled);
  await done;
  await load.stop();
  const different = samples.filter((names, index) => names.join() !== samples[Math.max(0, index - 1)].join());
  report(`${name}, samples in ${sampled} s`, samples.length);
  report(`${name}, neighbours swapped`, swapped(samples), '0');
  report(`${name}, samples that differ`, different.length);
}

async function picture({ page }) {
  mkdirSync(folder, { recursive: true });
  await page.setViewportSize(pictureSize);
  await sleep(1000);
  const path = join(folder, 'tree-10000.png');
  await page.screenshot({ path });
  report('picture', relative('', path));
}

async function measureMany(tools) {
  const { workbench, stage } = tools;
  const [server, other] = [await startServer(stage), await startServer(stage)];
  title(`The tree with ${many.clients * many.each} connections of ${many.clients} programs to one`);
  const clients = await openMany(tools, server);
  await measureExpands(tools, clients.slice(0, expands), `expand ${many.each}, to the first row`);
  await measureExpands(
    tools,
    Array.from({ length: expands }, () => server),
    `expand ${many.clients * many.each}, to the first row`,
  );
  await measureRows(tools, other, 'connect() to the row');
  await toggle(groupOf(workbench, clients[0]));
  await measureOrder(tools, other, 'changes in a closed group');
  await toggle(groupOf(workbench, clients[0]));
  await toggle(groupOf(workbench, other));
  await measureOrder(tools, other, 'changes in the open group');
  await toggle(groupOf(workbench, other));
  await toggle(groupOf(workbench, server));
  await picture(workbench);
}

export function tree() {
  title(`The tree: ${single.count} connections, one at a time, into an open group`);
  return onStage(async ({ stage }) => {
    const workbench = await openWorkbench(stage, viewport);
    const rows = new Rows(workbench.page);
    await rows.observe();
    const tools = { stage, workbench, rows };
    const server = await startServer(stage);
    await measureRows(tools, server, 'connect() to the row');
    await toggle(groupOf(workbench, server));
    await measureOrder(tools, server, 'changes in the open group');
    await toggle(groupOf(workbench, server));
    await measureMany(tools);
  });
}
