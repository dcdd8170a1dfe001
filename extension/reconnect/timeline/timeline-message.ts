/** Validates messages from the page, which write files and reach the agent. Pure. */

import * as v from 'valibot';
import { exportFormats, type FromPage } from './timeline-view';

/** Characters of base64; about 48 MB of picture. */
const maxImageLength = 64 * 1024 * 1024;
const run = v.pipe(v.number(), v.safeInteger());

const message: v.GenericSchema<unknown, FromPage> = v.variant('kind', [
  v.strictObject({ kind: v.literal('ready') }),
  v.strictObject({ kind: v.literal('open') }),
  v.strictObject({ kind: v.literal('stop'), run }),
  v.strictObject({ kind: v.literal('export'), run, format: v.picklist(exportFormats) }),
  v.strictObject({
    kind: v.literal('image'),
    run,
    png: v.pipe(v.string(), v.maxLength(maxImageLength), v.startsWith('iVBORw0KGgo'), v.base64()),
  }),
]);

/** Null: not a valid message. */
export function readMessage(value: unknown): FromPage | null {
  const parsed = v.safeParse(message, value);
  return parsed.success ? parsed.output : null;
}
