/** A drill that the user has agreed to, until its end or Ctrl-C. */

import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import type { Client } from '../client/connect';
import { isDrilled } from '../client/drill-summary';
import { drillQuestion } from '../client/fault-questions';
import { listAll } from '../client/list-all';
import { untilAgreed } from '../client/until-agreed';
import { type DrillParams, type DrillResult, runDrill } from '../protocol';
import { confirmFault } from './confirm-fault';

/** Asks first, unless `yes`; null: the user said no. */
export async function drillAgreed(
  client: Client,
  params: DrillParams,
  yes: boolean,
): Promise<DrillResult | null> {
  const act = (agreed: DrillParams) => untilInterrupted(client, agreed);
  if (yes) return act(params);
  const matching = async () => (await listAll(client, params.filter)).sockets.filter(isDrilled);
  return untilAgreed({ matching, confirm: confirmFault(drillQuestion(params)), params }, act);
}

/** Ctrl-C ends it; the result then has the rounds so far. */
async function untilInterrupted(client: Client, params: DrillParams): Promise<DrillResult> {
  const source = new CancellationTokenSource();
  const cancel = () => source.cancel();
  process.once('SIGINT', cancel).once('SIGTERM', cancel);
  try {
    return await client.request(runDrill, { ...params, drill: 1 }, source.token);
  } finally {
    process.off('SIGINT', cancel).off('SIGTERM', cancel);
  }
}
