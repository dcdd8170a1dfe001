/** Degrades: packets of what matches vanish for a while, or are held back, and are counted. The rules are those of a blackhole. */

import type { CancellationToken } from 'vscode-jsonrpc';
import { monotonic } from '../broker-link/clock';
import type { OutageCount, PacketCount, PacketLoss } from '../broker-link/outage-records';
import type { Context } from '../context';
import {
  type DegradeParams,
  type DegradeResult,
  durationText,
  ErrorCode,
  type Filter,
  type Measured,
  type Outage,
  protocolError,
  runDegrade,
} from '../protocol';
import type { ClientIdentity } from '../system/users';
import { aimHalfOpen } from './half-open';
import { aimOutage, type OutageSession } from './outage-aim';
import { packetsOf } from './outage-counts';
import { type HoldParams, type Outages, withCounts } from './outages';

export interface DegradeCall {
  readonly context: Context;
  readonly outages: Outages;
  readonly client: ClientIdentity;
  /** The client's connection: it ends with it. */
  readonly session: OutageSession;
  readonly params: DegradeParams;
  readonly filter: Filter;
  readonly cancelled: CancellationToken;
  /** The rules are in force. */
  readonly started: (outage: Outage) => void;
}

export async function degrade(call: DegradeCall): Promise<DegradeResult> {
  const { context, outages, client, session, params, filter, cancelled } = call;
  const caller = { method: runDegrade.method, client };
  const aim = params.how.kind === 'half-open' ? aimHalfOpen : aimOutage;
  const { target, ends } = await aim(context, session, filter, params.agreed);
  const { outage, at, ended } = await outages.hold(caller, session, heldBy(params), target, ends);
  call.started(outage);
  const stop = () => outages.stop(outage.id, caller).catch(() => {}); // it is over already
  cancelled.onCancellationRequested(stop);
  const { count, stopped } = await ended;
  if (!count)
    throw protocolError(ErrorCode.brokerLost, 'It is over, and its counts are lost with the broker');
  const ms = Math.min(monotonic() - at, params.forMs);
  if (isIdle(params, count)) throw protocolError(ErrorCode.noEffect, idleText(params, ms));
  const sockets = params.how.kind === 'rate' ? count.sockets : null;
  return { outage: withCounts(outage, count), measured: measuredBy(count, ms), sockets, cancelled: stopped };
}

function heldBy(params: DegradeParams): HoldParams {
  const { filter, how, forMs } = params;
  const degrade = { fault: how.kind, loss: lossOf(params) };
  return { filter, fault: 'blackhole', forMs, detach: false, degrade };
}

function lossOf({ how, direction }: DegradeParams): PacketLoss {
  const all = { percent: null, seed: 0, bytesPerSecond: null, direction, livingOnly: false };
  if (how.kind === 'loss') return { ...all, percent: how.percent, seed: how.seed };
  if (how.kind === 'rate') return { ...all, bytesPerSecond: how.bytesPerSecond };
  return { ...all, livingOnly: true };
}

/** A rate holds back data alone. */
function isIdle({ how }: DegradeParams, count: OutageCount): boolean {
  const { seen, bytes } = packetsOf([count.in, count.out]);
  return how.kind === 'rate' ? bytes === 0 : seen === 0;
}

function measuredBy(count: OutageCount, ms: number): DegradeResult['measured'] {
  const both = packetsOf([count.in, count.out]);
  return { in: measured(count.in, ms), out: measured(count.out, ms), both: measured(both, ms) };
}

function measured({ seen, dropped, bytes }: PacketCount, ms: number): Measured {
  const percent = seen === 0 ? null : Math.round((dropped / seen) * 1e6) / 1e4;
  return { seen, dropped, percent, bytes, bytesPerSecond: Math.round(bytes / (ms / 1000)) };
}

function idleText({ how, direction }: DegradeParams, ms: number): string {
  const what = how.kind === 'rate' ? 'data' : 'packet';
  const which = direction === 'both' ? 'came or went' : direction === 'in' ? 'came' : 'went';
  return `No ${what} matched in ${durationText(ms)}, so nothing was disturbed: none ${which}. Let the program send something meanwhile, or name other connections or another direction`;
}
