/** A degrade that the user has agreed to, until its end or Ctrl-C. */

import type { Client } from '../client/connect';
import { degradeQuestion } from '../client/fault-questions';
import { listAll } from '../client/list-all';
import { untilAgreed } from '../client/until-agreed';
import { type DegradeParams, type DegradeResult, runDegrade } from '../protocol';
import { confirmFault } from './confirm-fault';
import { untilInterrupted } from './until-interrupted';

/** Asks first, unless `yes`; null: the user said no. */
export async function degradeAgreed(
  client: Client,
  params: DegradeParams,
  yes: boolean,
): Promise<DegradeResult | null> {
  const act = (agreed: DegradeParams) => untilInterrupted(client, runDegrade, { ...agreed, degrade: 1 });
  if (yes) return act(params);
  const matching = async () =>
    (await listAll(client, params.filter)).sockets.filter(
      ({ remote, lifeline }) => remote !== null && !lifeline,
    );
  return untilAgreed({ matching, confirm: confirmFault(degradeQuestion(params)), params }, act);
}
