/** A drill that the user has agreed to, until its end or Ctrl-C. */

import type { Client } from '../client/connect';
import { isDrilled } from '../client/drill-summary';
import { drillQuestion } from '../client/fault-questions';
import { listAll } from '../client/list-all';
import { untilAgreed } from '../client/until-agreed';
import { type DrillParams, type DrillResult, runDrill } from '../protocol';
import { confirmFault } from './confirm-fault';
import { untilInterrupted } from './until-interrupted';

/** Asks first, unless `yes`; null: the user said no. */
export async function drillAgreed(
  client: Client,
  params: DrillParams,
  yes: boolean,
): Promise<DrillResult | null> {
  const act = (agreed: DrillParams) => untilInterrupted(client, runDrill, { ...agreed, drill: 1 });
  if (yes) return act(params);
  const matching = async () => (await listAll(client, params.filter)).sockets.filter(isDrilled);
  return untilAgreed({ matching, confirm: confirmFault(drillQuestion(params)), params }, act);
}
