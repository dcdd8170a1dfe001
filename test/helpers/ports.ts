/** Explanations of busy ports by an agent or an observer. */

import assert from 'node:assert/strict';
import type { Client } from '../../agent/client/connect';
import {
  type BindTrial,
  explainPort,
  type HolderKind,
  type PortHolder,
  type PortParams,
  type PortReport,
} from '../../agent/protocol';

export function explain(client: Client, port: number, more: Partial<PortParams> = {}): Promise<PortReport> {
  return client.request(explainPort, { port, protocol: 'tcp', netns: null, ...more });
}

/** The only holder, which must have this kind. */
export function onlyHolder({ holders }: PortReport, kind: HolderKind): PortHolder {
  assert.deepEqual(
    holders.map((holder) => holder.kind),
    [kind],
    holders.map(({ why }) => why).join('; '),
  );
  return holders[0] as PortHolder;
}

export function holdersOf({ holders }: PortReport, kind: HolderKind): PortHolder[] {
  return holders.filter((holder) => holder.kind === kind);
}

/** `:: reuse EADDRINUSE`: the binds that failed. */
export function failures(binds: readonly BindTrial[]): string[] {
  return binds
    .filter(({ error }) => error !== null)
    .map(({ address, reuseaddr, error }) => `${address}${reuseaddr ? ' reuse' : ''} ${error}`);
}

export const cookies = ({ sockets }: PortHolder) => sockets.map(({ cookie }) => cookie).sort();
