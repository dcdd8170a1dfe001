/** Lines of a table of who may act on what, and what makes them true. */

import assert from 'node:assert/strict';
import type { Client } from '../../agent/client/connect';
import { destroyTargets } from '../../agent/client/destroy-all';
import { planDestroy, type SignalResult, signalProcess, type Target } from '../../agent/protocol';
import { startTimeOf } from '../../agent/system/process-stat';
import type { ActCase } from './act-cases';
import type { Cast } from './act-cast';
import { isRunning } from './holders/descendants';
import { targetByCookie } from './targets';

type Expected = 'destroyed' | 'reset' | 'denied' | 'protected';

export interface Line {
  readonly on: string;
  readonly is: Expected;
  make(cast: Cast): Promise<ActCase>;
  /** Without asking for listeners. */
  readonly unasked?: true;
  /** Ann, if not said. */
  readonly by?: 'root';
}

const acts = { destroyed: 'destroy', reset: 'reset', denied: 'denied', protected: 'protected' } as const;

interface Tried {
  readonly planned: string;
  readonly outcome: string;
  readonly message: string;
}

async function attempt(client: Client, target: Target, includeListeners = true): Promise<Tried> {
  const params = { targets: [target], includeListeners };
  const { plan } = await client.request(planDestroy, params);
  const results = await destroyTargets(client, params);
  const [planned, result] = [plan[0], results[0]];
  assert.ok(planned && result);
  if (result.outcome === 'denied' || result.outcome === 'protected') assert.equal(result.engine, null);
  return { planned: planned.act, outcome: result.outcome, message: result.message };
}

/** How a message says why, and to allow it. */
function reasonOf({ is, unasked }: Omit<Line, 'on'>): RegExp {
  if (is === 'denied') return /--scope all/;
  return unasked ? /listens|listening|listener/ : /carries an editor/;
}

export async function assertLine(cast: Cast, line: Omit<Line, 'on'>): Promise<void> {
  const { is } = line;
  const made = await line.make(cast);
  const target = await targetByCookie(cast.all, made);
  const tried = await attempt(line.by === 'root' ? cast.rootClient : cast.client, target, !line.unasked);
  assert.equal(tried.outcome, is, tried.message);
  assert.equal(tried.planned, acts[is], 'it is planned as it is done');
  if (is === 'denied' || is === 'protected') {
    await made.works();
    assert.match(tried.message, reasonOf(line));
    await allow(cast, line, target);
  }
  await made.ended();
  for (const bystander of cast.bystanders) await bystander.works();
}

/** What it takes to do it all the same. */
async function allow({ stage, all }: Cast, { is, unasked }: Omit<Line, 'on'>, target: Target): Promise<void> {
  const words = ['destroy', `cookie:${target.cookie}`, '--yes'];
  if (is === 'denied') {
    const overrides = ['--include-listeners', '--include-lifeline'];
    assert.equal((await stage.sockscope([...words, ...overrides])).code, 3);
    const { outcome, message } = await attempt(all, target);
    assert.match(outcome, /^(destroyed|reset)$/, message);
    return;
  }
  const others = unasked ? [] : ['--include-listeners'];
  const override = unasked ? '--include-listeners' : '--include-lifeline';
  assert.equal((await stage.sockscope([...words, ...others])).code, 1);
  const { code, stderr } = await stage.sockscope([...words, ...others, override]);
  assert.equal(code, 0, stderr);
}

export interface SignalLine {
  readonly on: string;
  readonly is: 'exited' | 'denied' | 'protected';
  pid(cast: Cast): number | Promise<number>;
  readonly by?: 'root';
}

async function signalled(client: Client, pid: number): Promise<SignalResult> {
  const params = { pid, startTime: startTimeOf(pid), signal: 'TERM', graceMs: 10_000 } as const;
  return client.request(signalProcess, params);
}

export async function assertSignal(cast: Cast, { is, by, pid: find }: SignalLine): Promise<void> {
  const pid = await find(cast);
  const { outcome, message } = await signalled(by === 'root' ? cast.rootClient : cast.client, pid);
  assert.equal(outcome, is, message);
  if (is === 'protected') assert.ok(isRunning(pid));
  if (is !== 'denied') return;
  assert.match(message, /--scope all/);
  assert.ok(isRunning(pid));
  assert.equal((await signalled(cast.all, pid)).outcome, 'exited');
}
