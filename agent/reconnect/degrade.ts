/** Degrades: packets of what matches vanish for a while, and are counted. The rules are those of a blackhole. */

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
  type MeasuredLoss,
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
  if (isIdle(count)) throw protocolError(ErrorCode.noEffect, idleText(params, monotonic() - at));
  return { outage: withCounts(outage, count), measured: measuredBy(count), cancelled: stopped };
}

function heldBy(params: DegradeParams): HoldParams {
  const { filter, how, forMs } = params;
  const degrade = { fault: how.kind, loss: lossOf(params) };
  return { filter, fault: 'blackhole', forMs, detach: false, degrade };
}

function lossOf({ how, direction }: DegradeParams): PacketLoss {
  return how.kind === 'loss'
    ? { percent: how.percent, seed: how.seed, direction, livingOnly: false }
    : { percent: null, seed: 0, direction, livingOnly: true };
}

function isIdle(count: OutageCount): boolean {
  return packetsOf([count.in, count.out]).seen === 0;
}

function measuredBy(count: OutageCount): DegradeResult['measured'] {
  const both = packetsOf([count.in, count.out]);
  return { in: measured(count.in), out: measured(count.out), both: measured(both) };
}

function measured({ seen, dropped }: PacketCount): MeasuredLoss {
  return { seen, dropped, percent: seen === 0 ? null : Math.round((dropped / seen) * 1e6) / 1e4 };
}

function idleText({ direction }: DegradeParams, ms: number): string {
  const which = direction === 'both' ? 'came or went' : direction === 'in' ? 'came' : 'went';
  return `No packet matched in ${durationText(ms)}, so nothing was disturbed: none ${which}. Let the program send something meanwhile, or name other connections or another direction`;
}
