/** Programs that reconnect in different ways, or do not, and a server for them: victims of drills. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DrillResult } from '../../agent/protocol';
import { end, start, until } from './programs';
import type { Stage } from './stage';

/** Programs that connect to the port of their first argument; they differ in what they do when the connection ends. */
const programs = {
  constant: `const go = () => connect().on('close', () => setTimeout(go, 50)); go();`,
  slow: `const go = () => connect().on('close', () => setTimeout(go, 600)); go();`,
  exponential: `let n = 0; const go = () => connect().on('connect', () => { n = 0; }).on('close', () => setTimeout(go, Math.min(50 * 2 ** n++, 400))); go();`,
  givesUp: `connect();`,
  elsewhere: `const other = net.createServer().listen(0, '127.0.0.1'); connect().on('close', () => net.connect(other.address().port, '127.0.0.1'));`,
  crashes: `connect().on('error', (error) => { if (error.code === 'ECONNABORTED') process.exit(7); });`,
  storms: `const go = () => connect().on('close', () => setImmediate(go)); go();`,
  spins: `connect().on('close', () => { const until = Date.now() + 5000; const spin = () => { for (let i = 0; i < 1e7; i++); if (Date.now() < until) setImmediate(spin); }; spin(); });`,
  wholePool: `const go = () => connect().on('close', go); for (let n = 0; n < 10; n++) go();`,
  largePool: `const go = () => connect().on('close', go); for (let n = 0; n < 30; n++) go();`,
  sweeps: `const ask = (n) => net.connect(n ? 60000 + n : Number(process.argv[2]), '127.0.0.1').on('error', () => {}).on('close', () => ask(n > 0 && n < 25 ? n + 1 : n ? 0 : 1)); ask(0);`,
  lazyPool: `let first = true; for (let n = 0; n < 10; n++) connect().on('close', () => { if (first) connect(); first = false; });`,
  pool: `const go = () => connect().on('close', () => {}); go(); go(); go();`,
} as const;

const preamble = `
  const net = require('node:net');
  const connect = () => { const s = net.connect(Number(process.argv[2]), '127.0.0.1', () => s.write('hello')); s.on('error', () => {}); return s; };
  setInterval(() => {}, 1000);
`;

export type DrillProgram = keyof typeof programs;

const acceptor = `
  const s = require('node:net').createServer((c) => { c.on('error', () => {}); c.pipe(c); });
  s.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
`;

/** A server and a program connected to it, for as long as the test runs. `parent`: the command that starts the program. */
export async function withProgram(
  stage: Stage,
  kind: DrillProgram,
  port: number,
  use: (pid: number) => Promise<void>,
  parent: readonly string[] = [],
): Promise<void> {
  const runOptions = { user: stage.user, netns: stage.netns };
  const script = (name: string, text: string) => {
    const file = join(stage.folder, `${name}.js`);
    writeFileSync(file, text);
    return [process.execPath, file, String(port)];
  };
  const server = start(script('acceptor', acceptor), runOptions, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (server.stdout) await once(server.stdout, 'data');
  const program = start([...parent, ...script(kind, preamble + programs[kind])], runOptions, {
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  try {
    await use(await connectedTo(stage, port, 1));
  } finally {
    await end(program);
    await end(server);
  }
}

/** Waits for so many connections to a port; the pid of the first one's owner. */
export function connectedTo(stage: Stage, port: number, count: number): Promise<number> {
  return until(`${count} are connected`, async () => {
    const { json } = await stage.sockscope(['list', `remote:${port}`, 'state:established', '--json']);
    return json.sockets.length >= count && json.sockets[0].owners[0]?.pid;
  });
}

/** `sockscope drill`, with its exit code. */
export async function drillOf(
  stage: Stage,
  filter: string,
  ...words: string[]
): Promise<{ readonly code: number | null; readonly result: DrillResult }> {
  const { code, json, stderr } = await stage.sockscope(['drill', filter, ...words, '--yes', '--json']);
  assert.ok(json, stderr);
  return { code, result: json };
}

export function verdicts({ rounds }: DrillResult): string[] {
  return rounds.map(({ verdict }) => verdict);
}
