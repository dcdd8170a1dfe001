/** Degrades of a client, and what a seed is to drop. */

import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { Client } from '../../agent/client/connect';
import {
  type DegradeParams,
  type DegradeResult,
  degradeStarted,
  type Outage,
  runDegrade,
} from '../../agent/protocol';
import { forLongMs } from './outages';

export interface RunningDegrade {
  readonly outage: Outage;
  readonly result: Promise<DegradeResult>;
  /** Ends it now; resolves with what was measured. */
  stop(): Promise<DegradeResult>;
}

let handles = 0;

/** For long, with all packets lost unless said otherwise. Resolves when the rules are in force. */
export async function degrade(
  client: Client,
  filter: string,
  more: Partial<DegradeParams> = {},
): Promise<RunningDegrade> {
  const handle = ++handles;
  const how = { kind: 'loss', percent: 100, seed: 1 } as const;
  const params = { filter, how, direction: 'both', forMs: forLongMs, ...more, degrade: handle } as const;
  const source = new CancellationTokenSource();
  const started = new Promise<Outage>((resolve) => {
    client.on(degradeStarted, ({ degrade: of, outage }) => {
      if (of === handle) resolve(outage);
    });
  });
  const result = client.request(runDegrade, params, source.token);
  result.catch(() => {}); // whoever waits for it is told
  const outage = await Promise.race([started, result.then((over) => over.outage)]);
  const stop = () => {
    source.cancel();
    return result;
  };
  return { outage, result, stop };
}

const bits64 = 2n ** 64n;

/** How many of the first packets of a direction are dropped: as bpf/loss.h draws, written anew. */
export function lossesOf(seed: number, direction: 'in' | 'out', packets: number, percent: number): number {
  const parts = BigInt(Math.round(percent * 1e4));
  const start = BigInt(seed) * 2n + (direction === 'in' ? 1n : 0n);
  const isLost = (_: unknown, nth: number) => {
    let bits = (start + BigInt(nth + 1) * 0x9e3779b97f4a7c15n) % bits64;
    bits = ((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n) % bits64;
    bits = ((bits ^ (bits >> 27n)) * 0x94d049bb133111ebn) % bits64;
    bits ^= bits >> 31n;
    return ((bits >> 32n) * 1_000_000n) >> 32n < parts;
  };
  return Array.from({ length: packets }, isLost).filter(Boolean).length;
}
