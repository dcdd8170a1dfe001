/**
 * The rows of the report and what each must reach. `ours`, `other` and `floor` name measurements; `at` has the target for a
 * load of so many sockets, `always` for every load; `machine` is the machine without a load, `growth` the exponent over all loads. `decodes`: the client decodes a
 * row for each socket.
 */

import { below, plus, times } from './targets.mjs';

const ss = 'ss -tunap';

/** Of sockets, and in this order; with --quick, without the last. */
export const usualLoads = [1000, 4000, 20_000, 200_000];

const lists = [
  {
    name: 'list with owners, answered and decoded',
    ours: 'list',
    other: ss,
    floor: 'iter/task_file',
    decodes: true,
    at: { 4000: times(1 / 3), 20000: times(1 / 6), 200000: times(1 / 20) },
  },
  {
    name: 'list with owners, CPU of the agent',
    ours: 'list, CPU of the agent',
    other: ss,
    at: { 4000: times(1 / 8), 200000: times(1 / 30) },
  },
  {
    name: 'list by :PORT',
    ours: 'list :PORT',
    other: ss,
    floor: 'iter/task_file',
    at: { 4000: times(1 / 6), 20000: times(1 / 8), 200000: times(1 / 60) },
  },
  { name: 'list by :PORT, beside ss with its filter', ours: 'list :PORT', other: 'ss -tunap FILTER' },
  {
    name: 'sockscope list --json, root without an agent',
    ours: 'sockscope list --json, no agent',
    other: ss,
    at: { 4000: times(2.5), 20000: times(0.8), 200000: times(0.15) },
  },
  {
    name: 'sockscope list --json, with an agent',
    ours: 'sockscope list --json, agent',
    other: ss,
    at: { 4000: times(1.8) },
  },
  { name: 'list with owners, beside lsof -nPi', ours: 'list', other: 'lsof -nPi' },
  { name: 'list with owners, beside netstat -tunap', ours: 'list', other: 'netstat -tunap' },
  { name: 'list with owners, beside systeminformation', ours: 'list', other: 'systeminformation' },
  { name: 'list by :PORT, beside pid-port', ours: 'list :PORT', other: 'pid-port' },
];

const destroys = [
  {
    name: 'destroy one, verified, request to answer',
    ours: 'destroy one',
    other: 'ss -K',
    floor: 'iter/tcp',
    at: { 4000: times(1.2), 20000: times(1.2) },
  },
  {
    name: 'destroy one, verified, beside the raw walk',
    ours: 'destroy one',
    other: 'iter/tcp',
    at: { 200000: times(1.3) },
  },
  {
    name: 'destroy 5,000, verified, requests to answers',
    ours: 'destroy 5,000',
    other: 'ss -K of 5,000',
    at: { 4000: times(1.5) },
  },
  {
    name: 'destroy one by a filter, with the library',
    ours: 'destroy one, library',
    other: 'ss -K',
  },
  {
    name: 'destroy 5,000 by a filter, with the library',
    ours: 'destroy 5,000, library',
    other: 'ss -K of 5,000',
  },
];

const starts = [
  ['sockscope list, no agent', 60],
  ['sockscope --help', 20],
  ['sockscope --version', 20],
  ['sockscope, usage error', 20],
  ['start of the agent to the first answer', 150],
].map(([name, ms]) => ({ name, ours: name, other: 'node', at: { machine: plus(ms) } }));

const costs = [
  { name: 'memory of agent and broker, idle', unit: 'MB', ours: 'memory, idle', at: { machine: below(80) } },
  { name: 'memory of agent and broker', unit: 'MB', ours: 'memory', at: { 200000: below(300) } },
  {
    name: 'CPU, no subscriber',
    unit: '% of a core',
    ours: 'CPU, no subscriber',
    at: { machine: below(0.05) },
  },
  {
    name: 'CPU, one subscriber',
    unit: '% of a core',
    ours: 'CPU, one subscriber',
    at: { machine: below(0.5) },
  },
];

/** Of time against sockets, between the smallest load and the largest: t = sockets ^ exponent. */
const growths = [
  { name: 'growth of list', of: 'list', otherOf: ss },
  { name: 'growth of list by :PORT', of: 'list :PORT', otherOf: 'ss -tunap FILTER' },
  { name: 'growth of destroy one', of: 'destroy one', otherOf: 'ss -K' },
].map((row) => ({
  ...row,
  unit: 'exponent',
  ours: `growth of ${row.of}`,
  other: `growth of ${row.otherOf}`,
  at: { growth: below(1.05) },
}));

/** Ours has a running agent for a destroy and a list; ss is started each time. */
const othersStart = { name: 'start of a program, counted for ss, lsof and netstat', ours: 'true' };

export const rows = [othersStart, ...starts, ...lists, ...destroys, ...costs, ...growths];

/** Names of the measurements whose growth is reported. */
export const grown = growths.flatMap(({ of, otherOf }) => [of, otherOf]);
