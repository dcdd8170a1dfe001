/**
 * Stands in for the entry of the packaged extension in a benchmark: activates the real one in a real extension host, measures that,
 * and then does what the benchmark asks for over a Unix socket in the user's home, one JSON object a line. Times are CPU of the
 * host's only JavaScript thread, in milliseconds; memory is what a collection leaves, in megabytes.
 */

import { subscribe } from 'node:diagnostics_channel';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { commands } from 'vscode';
import { FloorTree, floorView } from './floor-tree.mjs';

/** The workbench has drawn by then what changed, and the host is idle. */
const settleMs = 1500;
const pollMs = 20;
const deadlineMs = 60_000;
const controlSocket = join(homedir(), 'bench.sock');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

function heap() {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

const still = new Int32Array(new SharedArrayBuffer(4));

/** The kernel counts the CPU of a thread at its ticks, which are milliseconds apart, and when it stops: so it stops for a moment. */
function cpu() {
  Atomics.wait(still, 0, 0, 0.001);
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Runs `work`; resolves with the CPU until it is done, and until all that follows from it is. */
async function measured(work) {
  const before = cpu();
  await work();
  const ms = cpu() - before;
  await sleep(settleMs);
  return { ms, settled: cpu() - before };
}

async function until(isDone) {
  for (const end = performance.now() + deadlineMs; !isDone(); await sleep(pollMs))
    if (performance.now() > end) throw new Error(`not within ${deadlineMs / 1000} s: ${isDone}`);
}

const lines = (file) => readFileSync(file, 'utf8').split('\n');

function isInotify(fd) {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify';
  } catch {
    return false; // It was the descriptor of the folder that lists them.
  }
}

/** Intervals that run, of those that were set since the probe was loaded. */
const intervals = new Set();
const { setInterval, clearInterval } = globalThis;
globalThis.setInterval = (...given) => {
  const interval = setInterval(...given);
  intervals.add(interval);
  return interval;
};
globalThis.clearInterval = (interval) => {
  intervals.delete(interval);
  clearInterval(interval);
};

/** How many folders and files this process watches, how many processes it has started, and how many intervals run. */
function resources() {
  const watching = readdirSync('/proc/self/fd').filter(isInotify);
  const watches = watching.flatMap((fd) => lines(`/proc/self/fdinfo/${fd}`));
  return {
    watches: watches.filter((line) => line.startsWith('inotify wd:')).length,
    processes: lines(`/proc/self/task/${process.pid}/children`).join('').split(' ').filter(Boolean).length,
    intervals: intervals.size,
  };
}

/** The sockets that the extension has connected to Unix sockets: to agents. */
const opened = [];

function activateExtension(context) {
  const before = { heap: heap(), resources: resources(), cpu: cpu() };
  subscribe('net.client.socket', ({ socket }) => opened.push(socket));
  const extension = createRequire(__filename)('./measured.js');
  const loaded = cpu();
  const api = extension.activate(context);
  const activated = cpu();
  return { api, before, activation: { load: loaded - before.cpu, activate: activated - loaded } };
}

/** Where the benchmark asks. */
const control = connect(controlSocket);

class Probe {
  #api;
  #before;
  #floor;

  constructor(api, before) {
    this.#api = api;
    this.#before = before;
  }

  /** What the start of the extension has left behind. */
  async started() {
    await sleep(settleMs);
    const now = resources();
    const more = Object.entries(now).map(([name, count]) => [name, count - this.#before.resources[name]]);
    return { ...Object.fromEntries(more), connections: opened.filter(({ destroyed }) => !destroyed).length };
  }

  /** Shows the view; until it has groups. */
  open() {
    return measured(async () => {
      await commands.executeCommand('sockscope.sockets.focus');
      await until(() => this.#api.rows().some(({ kind }) => kind === 'group'));
    });
  }

  /** Nothing at all, for as long as an act is measured. */
  rest() {
    return measured(() => {});
  }

  /** As `open`, of VS Code's own. */
  openFloor() {
    this.#floor = new FloorTree();
    return measured(async () => {
      await commands.executeCommand(`${floorView}.focus`);
      await until(() => this.#floor.asked.groups > 0);
    });
  }

  expandFloor() {
    return measured(async () => {
      await this.#floor.expand();
      await until(() => this.#floor.asked.rows > 0);
    });
  }

  hide() {
    return commands.executeCommand('workbench.view.explorer');
  }

  async groupBy({ grouping }) {
    await commands.executeCommand('sockscope.groupBy', grouping);
  }

  #group(pid) {
    return this.#api.rows().find(({ group }) => group?.subject.pid === pid);
  }

  #count(group) {
    return this.#api.rows(group).filter(({ kind }) => kind === 'socket').length;
  }

  /** The group of a process, until it has rows. */
  async expand({ pid }) {
    await until(() => this.#group(pid));
    const group = this.#group(pid);
    return measured(async () => {
      await this.#api.expand(group);
      await until(() => this.#count(group) > 0);
    });
  }

  /** Resolves once an open group has so many rows. */
  async rows({ pid, count }) {
    await until(() => this.#count(this.#group(pid)) === count);
  }

  collapse() {
    return commands.executeCommand('workbench.actions.treeView.sockscope.sockets.collapseAll');
  }

  heap() {
    return heap() - this.#before.heap;
  }

  /** Bytes between extension and agent, in both directions, since the start. */
  bytes() {
    return opened.reduce((sum, { bytesRead, bytesWritten }) => sum + bytesRead + bytesWritten, 0);
  }
}

function serve(probe, activation) {
  const answer = (value) => control.write(`${JSON.stringify(value)}\n`);
  answer(activation);
  createInterface({ input: control }).on('line', async (line) => {
    const { act, ...given } = JSON.parse(line);
    try {
      answer({ value: (await probe[act](given)) ?? null });
    } catch (error) {
      answer({ error: String(error) });
    }
  });
}

export function activate(context) {
  const { api, before, activation } = activateExtension(context);
  serve(new Probe(api, before), activation);
  return api;
}
