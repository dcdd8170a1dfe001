/** Validates messages from the page. Pure. */

import * as v from 'valibot';
import { limits } from '../../agent/protocol';
import type { FromPage, PageFilter } from './history-view';

const filterEntries = {
  text: v.pipe(v.string(), v.maxLength(limits.filter)),
  failedOnly: v.boolean(),
};

const message: v.GenericSchema<unknown, FromPage> = v.variant('kind', [
  v.strictObject({ kind: v.literal('ready') }),
  v.strictObject({ kind: v.literal('filter'), ...filterEntries }),
  v.strictObject({ kind: v.literal('startAgent') }),
  v.strictObject({ kind: v.literal('always') }),
]);

/** Null: not a valid message. */
export function readMessage(value: unknown): FromPage | null {
  const parsed = v.safeParse(message, value);
  return parsed.success ? parsed.output : null;
}

/** What the page of an earlier window has left. Null: nothing, or not valid. */
export function readState(value: unknown): PageFilter | null {
  const parsed = v.safeParse(v.strictObject(filterEntries), value);
  return parsed.success ? parsed.output : null;
}
