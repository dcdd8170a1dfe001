/** Decodes messages of an agent, and leaves the rows of a JsonList as they are: they are printed, and never looked at. */

import type { ContentTypeDecoder, Message } from 'vscode-jsonrpc/node';
import type { JsonList } from '../protocol';

/** These bytes are the member's name and nothing else: within a text, its quotes are escaped. */
const beforeRows = Buffer.from(',"jsonRows":[');
const afterRows = ']}}';

export const rowsUndecoded: ContentTypeDecoder = {
  name: 'application/json',
  decode: async (bytes) => decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
};

function decode(bytes: Buffer): Message {
  const found = bytes.indexOf(beforeRows);
  if (found < 0) return JSON.parse(bytes.toString());
  const [start, end] = [found + beforeRows.length, bytes.length - afterRows.length];
  const message = JSON.parse(bytes.toString('utf8', 0, start) + bytes.toString('utf8', end));
  const list: JsonList = { ...message.result, jsonRows: bytes.subarray(start, end) };
  return { ...message, result: list };
}
