/** Decodes which processes carry sessions: an editor's, a remote login or the agent itself. The rules: native/src/law/carrier_law.h. */

import { constants, sessionCarriers } from './native';

/** Whether each process carries a session, in order. */
export function decodeCarriers(bytes: Buffer): boolean[] {
  const kinds = Array.from({ length: Math.floor(bytes.length / 4) }, (_, at) => bytes.readUInt32LE(4 * at));
  return kinds.map((kind) => kind !== constants.carrier.none);
}

/** As far as this user sees it, for an observer. `uid`: whose programs count, besides root's. */
export async function findCarriers(pids: readonly number[], uid: number): Promise<boolean[]> {
  return decodeCarriers(await sessionCarriers(Uint32Array.from(pids), uid));
}
