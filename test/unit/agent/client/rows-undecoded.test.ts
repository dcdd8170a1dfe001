/** Rows of a list for scripts reach the client as their bytes, and every other message as its value. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rowsUndecoded } from '../../../../agent/client/rows-undecoded';
import { encodeJson, rawItems } from '../../../../agent/server/raw-json';

const decode = (bytes: Uint8Array) => rowsUndecoded.decode(bytes, { charset: 'utf-8' });

function answerWith(rows: string, rest: object): Buffer {
  return encodeJson({ jsonrpc: '2.0', id: 7, result: { ...rest, jsonRows: rawItems(Buffer.from(rows)) } });
}

describe('rows that a client does not decode', () => {
  const hostile = ',"jsonRows":[1]}} \\",\\"jsonRows\\":[ ✓';

  for (const rows of ['', '{"a":1}', `{"a":${JSON.stringify(hostile)}},{"b":"é✓😀"}`])
    it(`are bytes: ${rows === '' ? 'none' : rows}`, async () => {
      const rest = { total: 2, cursor: null, text: hostile, [hostile]: [1] };
      const bytes = answerWith(rows, rest);
      const { result, ...message } = (await decode(bytes)) as unknown as {
        readonly result: { readonly jsonRows: Uint8Array };
      };
      const { jsonRows, ...others } = result;
      assert.deepEqual(message, { jsonrpc: '2.0', id: 7 });
      assert.deepEqual(others, rest);
      assert.equal(String(jsonRows), rows);
      assert.deepEqual(JSON.parse(String(bytes)).result, { ...rest, jsonRows: JSON.parse(`[${rows}]`) });
    });

  it('are in no other message, whatever its texts', async () => {
    for (const message of [
      { jsonrpc: '2.0', id: 1, result: { text: hostile, [hostile]: [[1]] } },
      { jsonrpc: '2.0', method: hostile, params: [hostile] },
    ])
      assert.deepEqual(await decode(encodeJson(message)), message);
  });
});
