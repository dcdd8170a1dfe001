/** The agent's prediction of a destroy, and what its scope leaves out. */

import * as vscode from 'vscode';
import { limits, planDestroy, type Socket, targetOf } from '../../agent/protocol';
import { settings } from '../base/ids';
import type { Connection } from '../connection/connection';
import type { Context } from '../context';
import type { Planned } from './destroy-text';

export async function plan(
  connection: Connection,
  sockets: readonly Socket[],
  includeListeners: boolean,
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  for (const part of portions(sockets)) {
    const { plan } = await connection.request(planDestroy, { targets: part.map(targetOf), includeListeners });
    planned.push(...part.flatMap((socket, index) => (plan[index] ? [{ socket, plan: plan[index] }] : [])));
  }
  return planned;
}

/** An observer denies what others hold, but the agent to be started may get scope `all`. `agent`: undefined where none runs. */
export function mayBeInScopeLater({ plan }: Planned, agent: Connection | undefined): boolean {
  const isToBeAll = vscode.workspace.getConfiguration().get(settings.agentScope) === 'all';
  return !agent && plan.act === 'denied' && isToBeAll;
}

/** Those that an act would not be denied for. Others have any number of sockets: those behind the first request are not judged. */
export async function inScope({ link }: Context, sockets: readonly Socket[]): Promise<readonly Socket[]> {
  const agent = await link.agent();
  const judged = await plan(agent ?? (await link.connect()), sockets.slice(0, limits.targets), true);
  const allowed = judged.filter((one) => one.plan.act !== 'denied' || mayBeInScopeLater(one, agent));
  return [...allowed.map(({ socket }) => socket), ...sockets.slice(limits.targets)];
}

export function* portions(sockets: readonly Socket[]): Generator<readonly Socket[]> {
  for (let start = 0; start < sockets.length; start += limits.targets)
    yield sockets.slice(start, start + limits.targets);
}
