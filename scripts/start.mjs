/**
 * Builds Sockscope and opens it in VS Code, with a small demo folder. Ctrl-C ends all processes that it has started.
 *   node scripts/start.mjs [--port PORT] [--server]
 * --server: VS Code Server in a browser, even where there is a desktop VS Code.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dist } from './lib/paths.mjs';
import { freePort } from './lib/processes.mjs';
import { Failure, main, which } from './lib/run.mjs';
import { packageExtension } from './package.mjs';
import { createDemo } from './start/demo.mjs';
import { openDesktop } from './start/desktop.mjs';
import { openServer } from './start/server.mjs';

const usualPort = 8765;

function readArguments(args) {
  try {
    const options = { port: { type: 'string' }, server: { type: 'boolean', default: false } };
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Failure(`${error.message}\nUsage: npm start -- [--port PORT] [--server]`, 2);
  }
}

/** The requested port and no other; without a request the usual one if it is free, else any. */
async function choosePort(requested) {
  if (requested === undefined) return (await freePort(usualPort)) ?? (await freePort());
  const port = Number(requested);
  if (!/^\d+$/.test(requested) || port < 1 || port > 65_535)
    throw new Failure(`"${requested}" is not a port: 1 to 65535.`, 2);
  if ((await freePort(port)) === undefined) {
    throw new Failure(`Port ${port} is taken. Choose another: npm start -- --port PORT`);
  }
  return port;
}

const agent = (...args) =>
  spawnSync(process.execPath, [join(dist, 'sockscope.js'), 'agent', ...args], { timeout: 10_000 });

const agentRuns = () => agent('status').status === 0;

/** Ends an agent that was started from a terminal of this VS Code, and not one that ran before. */
function stopAgent(ranBefore) {
  if (ranBefore || !agentRuns()) return;
  const { status, stderr } = agent('stop');
  console.log(status === 0 ? 'The agent has ended.' : `The agent could not be stopped: ${stderr}`);
}

/** Resolves on Ctrl-C, on SIGTERM or SIGHUP, or when VS Code ends by itself. */
function ended(vscode) {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const signalled = new Promise((resolve) => {
    for (const signal of signals) process.on(signal, () => resolve(`Got ${signal}: ending VS Code ...`));
  });
  return Promise.race([signalled, vscode.exited.then(() => 'VS Code has ended.')]);
}

async function start(args) {
  const { port: requested, server } = readArguments(args);
  const port = await choosePort(requested);
  await packageExtension();
  const ranBefore = agentRuns();
  const demo = await createDemo();
  const code = which('code');
  const hasDisplay = Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  const vscode = code && hasDisplay && !server ? await openDesktop(code, demo) : await openServer(port, demo);
  console.log('\nCtrl-C ends VS Code and all that runs in its terminals.');
  console.log(await ended(vscode));
  stopAgent(ranBefore);
  const left = await vscode.stop();
  if (left.length > 0) throw new Failure(`These processes would not end: ${left.join(' ')}`);
  console.log('All that was started has ended.');
}

await main(import.meta.url, start);
