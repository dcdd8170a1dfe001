/**
 * The cost of a running drill, and of an outage for other processes, for each new connection: nanoseconds of BPF programs, by
 * kernel.bpf_stats_enabled, beside the CPU time of the two ends of the connection.
 */

import { runDrill, startOutage } from '../../agent/protocol';
import { programTimes, withStatistics } from './bpf-statistics.mjs';
import { cpuSeconds } from './processes.mjs';
import { report, title } from './report.mjs';
import { onStage } from './stage.mjs';
import { startClient, startServer } from './traffic.mjs';

const load = { churn: 1000, seconds: 10, life: 0 };
const connections = load.churn * load.seconds;

/** Makes connections while `watch` runs; reports the time of its programs for each connection. */
async function measure(stage, broker, name, watch) {
  const server = await startServer(stage);
  const client = startClient(stage, server.port);
  const before = new Map(programTimes(broker).map((program) => [program.id, program]));
  const cpuBefore = cpuSeconds(server.pid) + cpuSeconds(client.pid);
  const stop = await watch();
  await client.ask(load);
  const cpu = (cpuSeconds(server.pid) + cpuSeconds(client.pid) - cpuBefore) * 1e9;
  const programs = programTimes(broker).map(({ id, name: program, runs, time }) => {
    const { runs: earlierRuns = 0, time: earlier = 0 } = before.get(id) ?? {};
    return { program, runs: runs - earlierRuns, time: time - earlier };
  });
  await stop();
  const total = programs.reduce((sum, { time }) => sum + time, 0);
  for (const { program, runs, time } of programs)
    if (runs > 0)
      report(
        `${name}: ${program}, ${(runs / connections).toFixed(1)} runs`,
        `${(time / runs).toFixed(0)} ns each`,
      );
  report(`${name}: all, of a connection`, `${(total / connections).toFixed(0)} ns`);
  report(`${name}: CPU time of both ends, of a connection`, `${(cpu / connections).toFixed(0)} ns`);
  report(`${name}: share`, `${((100 * total) / cpu).toFixed(2)} %`, 'under 3 %');
  await client.stop();
  await server.stop();
}

export function lab() {
  title(
    `A drill that watches and an outage for others, with ${load.churn} connections/s of a program that neither means`,
  );
  return onStage(async ({ stage, agent, pids: [, broker] }) => {
    const client = await agent.client();
    await withStatistics(async () => {
      await measure(stage, broker, 'a drill', async () => {
        const victim = await stage.puppet();
        const { local } = await victim.listen('listener', { family: 'ipv4', address: '127.0.0.1' });
        await victim.connect('idle', { family: 'ipv4', to: local });
        const hold = { fault: 'refused', ms: (load.seconds + 2) * 1000 };
        const params = { drill: 1, filter: `pid:${victim.pid}`, times: 1, everyMs: 0, jitter: 0 };
        const drilled = client.request(runDrill, {
          ...params,
          waitMs: 1,
          end: 'local',
          oneOfPool: false,
          hold,
        });
        return () => drilled;
      });
      for (const fault of ['refused', 'blackhole'])
        await measure(stage, broker, `an outage (${fault})`, async () => {
          const forMs = (load.seconds + 1) * 1000;
          await client.request(startOutage, { filter: 'remote:1', fault, forMs, detach: false });
          return () => new Promise((resolve) => setTimeout(resolve, 3000));
        });
    });
  });
}
