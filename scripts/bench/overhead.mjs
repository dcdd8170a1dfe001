/** Nanoseconds of the BPF programs for each state change of a socket, by kernel.bpf_stats_enabled. */

import { programTimes, withStatistics } from './bpf-statistics.mjs';
import { report, title } from './report.mjs';
import { onStage, openView } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';

const load = { churn: 2000, seconds: 10, life: 0.2 };

export function overhead() {
  title(`Programs on the kernel's events, with a view and ${load.churn} connections/s`);
  return onStage(async ({ stage, agent, pids: [, broker] }) => {
    const { port } = await startServer(stage);
    await openView(await agent.client());
    const client = startClient(stage, port);
    await withStatistics(async () => {
      await client.ask(load);
      for (const { name, runs, time } of programTimes(broker)) {
        if (runs === 0) continue;
        report(`${name}: runs`, runs);
        report(`${name}: each`, `${(time / runs).toFixed(0)} ns`);
      }
    });
  });
}
