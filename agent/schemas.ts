/** What each request must look like. Strict: an unknown key is a mistake, and no handler is entered with one. */

import * as v from 'valibot';
import {
  type DestroyNextParams,
  type DestroyParams,
  engineChoices,
  type ListParams,
  limits,
  moments,
  protocols,
} from './protocol';

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535));
const endpoint = v.strictObject({ address: v.pipe(v.string(), v.maxLength(45)), port });
const target = v.strictObject({
  netns: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(4_294_967_295)),
  cookie: v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  protocol: v.picklist(protocols),
  local: endpoint,
  remote: v.nullable(endpoint),
});
const filter = v.pipe(v.string(), v.maxLength(limits.filter));
const engine = v.exactOptional(v.picklist(engineChoices));

export const nothing = v.strictObject({});

export const listParams: v.GenericSchema<ListParams> = v.strictObject({
  filter,
  cursor: v.exactOptional(v.pipe(v.string(), v.maxLength(40))),
});

export const destroyParams: v.GenericSchema<DestroyParams> = v.pipe(
  v.strictObject({
    targets: v.pipe(v.array(target), v.minLength(1), v.maxLength(limits.targets)),
    engine,
    includeListeners: v.exactOptional(v.boolean()),
    includeLifeline: v.exactOptional(v.boolean()),
  }),
  v.check(
    ({ targets, includeLifeline }) => !includeLifeline || targets.length === 1,
    'includeLifeline goes with exactly one target',
  ),
);

export const destroyNextParams: v.GenericSchema<DestroyNextParams> = v.strictObject({
  filter,
  at: v.picklist(moments),
  waitMs: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.waitMs)),
  engine,
});
