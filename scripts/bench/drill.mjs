/**
 * Widely used clients, each with its own server in its own network namespace, drilled at the same time: cut, and
 * held down in two ways. Prints the results beside the backoff in the documentation of each client.
 */

import { backoffText, longestGap } from '../../agent/client/drill-summary';
import { connect } from '../../agent/client/library/connect';
import { quantile } from '../../agent/protocol';
import { clients, installClients, startClient } from '../../test/helpers/clients/client';
import { title } from './report.mjs';
import { onStage } from './stage.mjs';

const common = { times: 5, every: 0, wait: '8s' };
const faults = {
  cut: common,
  'refused 5 s': { ...common, fault: 'refused', down: '5s' },
  'blackhole 5 s': { ...common, fault: 'blackhole', down: '5s' },
};
const columns = [
  'CLIENT',
  'FAULT',
  'VERDICTS',
  'FIRST ATTEMPT',
  'RECOVERED',
  'BACKOFF FOUND',
  'BACKOFF DOCUMENTED',
];

async function drillClient(stage, sockscope, folder, client, index) {
  const filter = await startClient(stage, folder, client, index);
  if (filter === null) return [[client.name, 'not installed']];
  const rows = [];
  for (const [fault, options] of Object.entries(faults)) {
    const result = await sockscope.drill(filter, options);
    rows.push([client.name, fault, ...describe(result), client.backoff]);
    console.error(`${client.name}: ${fault} is done`);
  }
  return rows;
}

function describe({ rounds, summary }) {
  const counts = new Map();
  for (const { verdict } of rounds) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const verdicts = [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ');
  const firsts = rounds.flatMap(({ firstAttemptMs }) => firstAttemptMs ?? []);
  const first = firsts.length === 0 ? null : quantile(firsts, 0.5);
  return [verdicts, ms(first), ms(summary.p50Ms), backoffText(summary.backoffDetail, longestGap(rounds))];
}

function ms(value) {
  return value === null ? '-' : `${value.toFixed(1)} ms`;
}

function printTable(rows) {
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  for (const row of rows)
    console.log(
      `  ${row
        .map((cell, at) => cell.padEnd(widths[at]))
        .join('  ')
        .trimEnd()}`,
    );
}

export function drill() {
  title('Real clients, five rounds each: cut, refused and swallowed; medians');
  return onStage(async ({ stage }) => {
    const sockscope = await connect({ uid: stage.user.uid });
    const folder = installClients(stage);
    const drills = clients.map((client, index) => drillClient(stage, sockscope, folder, client, index));
    printTable([columns, ...(await Promise.all(drills)).flat()]);
    sockscope.close();
  });
}
