/** Why a port is busy, as its user can find out. */

import { explainPort, isFree, type PortParams } from '../protocol';
import type { Person, PortAnswer } from './free-types';
import type { Requester } from './requester';

/** Errors: as for ports/explain. */
export async function explainAsUser(
  requester: Requester,
  params: PortParams,
  _supervisorOf: Person['supervisorOf'] = () => null,
): Promise<PortAnswer> {
  const report = await requester.request(explainPort, params);
  return { ...report, free: isFree(report.binds) };
}
