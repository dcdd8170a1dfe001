/** CPU of agent and broker without a watch, with one, and under load. */

import { setTimeout as sleep } from 'node:timers/promises';
import { cpuShares } from './processes.mjs';
import { report, title } from './report.mjs';
import { onStage, openView } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';

const seconds = 60;
/** Milliseconds until newly started programs are idle. */
const settleMs = 5000;
const load = { churn: 1000, life: 0.2 };
const sources = ['127.0.0.2', '127.0.0.3'];

const percent = (share) => `${(100 * share).toFixed(3)} %`;

async function measure(name, pids, aim) {
  const [agent, broker] = await cpuShares(pids, seconds);
  report(name, percent(agent + broker), aim);
  report(`${name}: agent and broker`, `${percent(agent)}, ${percent(broker)}`);
}

export function cpu() {
  title(`CPU of agent and broker over ${seconds} s, as a share of one core`);
  return onStage(async ({ stage, agent, pids }) => {
    // The client that asked for the broker's pid stays: connected, but no subscriber.
    await sleep(settleMs);
    await measure('no subscriber', pids, '0.05 %');
    await openView(await agent.client());
    await sleep(settleMs);
    await measure('a view, idle machine', pids, '0.5 %');
    const { port } = await startServer(stage);
    const clients = sources.map((source) => startClient(stage, port, source));
    const loads = clients.map((client) => client.ask({ ...load, seconds: seconds + 2 }));
    await sleep(1000);
    await measure('a view, 2,000 connections/s', pids);
    await Promise.all(loads);
  });
}
