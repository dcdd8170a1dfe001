/** Frees a port, mildest act first, and proves it by a bind. */

import type { FreeOptions, FreeReport, Person } from './free-types';
import type { Requester } from './requester';

/** Errors: readOnly, and as for ports/explain. */
export async function freePort(
  _requester: Requester,
  { port }: FreeOptions,
  _person: Person,
): Promise<FreeReport> {
  throw new Error(`Port ${port} cannot be freed yet`);
}
