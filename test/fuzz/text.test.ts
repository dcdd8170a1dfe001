/** JSON of messages and of the command line. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { jsonText, visibleText } from '../../agent/protocol/text';
import { encodeJson, rawJson } from '../../agent/server/raw-json';
import { fuzz } from './fuzz';

const texts = fc.string({ unit: 'binary' });
const values = fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 });

/** What a terminal may act on, or a reader not see. */
const invisible = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

fuzz('JSON for a terminal has the value, and controls nothing', values, (value) => {
  const text = jsonText(value);
  assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
  assert.ok(!invisible.test(text), text);
});

fuzz('text for a terminal controls nothing', texts, (text) => {
  assert.ok(!invisible.test(visibleText(text)));
});

fuzz(
  'parts of a message that are JSON already stand where they belong',
  fc.record({
    before: values,
    lists: fc.array(fc.array(values, { maxLength: 4 }), { maxLength: 4 }),
    after: values,
  }),
  ({ before, lists, after }) => {
    const raw = lists.map((items) => rawJson(Buffer.from(JSON.stringify(items))));
    const text = String(encodeJson({ before, lists: raw, after }));
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify({ before, lists, after })));
  },
);
