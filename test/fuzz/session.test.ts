/**
 * Messages to a real session of an observer in this process: each request has one answer, which is a result or one of the
 * protocol's errors. Nothing is acted on: the observer only reads, and no port is bound.
 */

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { AbstractMessageWriter, ErrorCodes, type Message, type MessageWriter } from 'vscode-jsonrpc/node';
import { noReport } from '../../agent/access/report';
import { type AgentStatus, bindPort, ErrorCode, explainPort, protocolNumber } from '../../agent/protocol';
import { GuardedMessageReader } from '../../agent/server/framing';
import { methods } from '../../agent/server/methods';
import { encodeJson } from '../../agent/server/raw-json';
import { Service } from '../../agent/server/service';
import { serveConnection } from '../../agent/server/session';
import { fuzzAsync } from './fuzz';
import { spoiled, valuesOf } from './schema-values';

interface Answer {
  readonly id?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What is not answered by then will not be. */
const maxSilenceMs = 30_000;

class Answers extends AbstractMessageWriter implements MessageWriter {
  readonly sent: Answer[] = [];

  async write(message: Message): Promise<void> {
    const sent: Answer & { readonly method?: string } = JSON.parse(String(encodeJson(message)));
    // Views and watches send notifications.
    if (sent.method === undefined) this.sent.push(sent);
  }

  end(): void {}
}

const expected = new Set<number>([
  ...Object.values(ErrorCode),
  ErrorCodes.InvalidParams,
  ErrorCodes.MethodNotFound,
  ErrorCodes.InvalidRequest,
]);

const service = Service.observer({
  mode: 'observer',
  scope: 'mine',
  readOnly: true,
  uid: process.getuid?.() ?? 0,
  report: noReport,
});

/** Trials bind real ports, which others on this machine may need. */
const tried = methods.filter(({ name }) => ![bindPort.method, explainPort.method].includes(name));

const names = fc.oneof(
  fc.constantFrom(
    'initialize',
    'initialized',
    'shutdown',
    '$/cancelRequest',
    '$/progress',
    '$/setTrace',
    '$/logTrace',
  ),
  fc.constantFrom('__proto__', 'constructor', 'sockets/', ''),
  fc.string({ unit: 'binary' }),
);
const right = fc.oneof(
  ...tried.map(({ name, schema }) =>
    valuesOf(schema).map((params) => ({ method: name, params: JSON.stringify(params) })),
  ),
);
const almostRight = fc.oneof(
  ...tried.map(({ name, schema }) => spoiled(valuesOf(schema)).map((params) => ({ method: name, params }))),
);
const wrong = fc.record({ method: names, params: fc.json({ maxDepth: 2 }) });

/** Ids that make no request of a message; its own number makes one. */
const noIds = fc.constantFrom<unknown>(null, true, {}, []);

const requests = fc
  .record({
    id: fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, noIds),
    call: fc.oneof(right, almostRight, wrong),
  })
  .map(({ id, call: { method, params } }) => ({
    id,
    rest: `"method":${JSON.stringify(method)},"params":${params}`,
  }));
const responses = fc
  .record({
    id: fc.oneof(noIds, fc.nat({ max: 5 })),
    key: fc.constantFrom('result', 'error'),
    value: fc.json({ maxDepth: 2 }),
  })
  .map(({ id, key, value }) => ({ id, rest: `"${key}":${value}` }));

const messages = fc.array(fc.oneof({ weight: 9, arbitrary: requests }, responses), {
  minLength: 1,
  maxLength: 30,
});

const hello = JSON.stringify({
  jsonrpc: '2.0',
  id: 'hello',
  method: 'initialize',
  params: { initializationOptions: { protocol: protocolNumber } },
});
interface Outcome {
  readonly answers: readonly Answer[];
  /** The connection was ended, as by a bad frame. */
  readonly hungUp: boolean;
}

/** Until so many requests are answered, beside the first one, or the connection ends. */
async function converse(texts: readonly string[], requests: number): Promise<Outcome> {
  const input = new PassThrough();
  const writer = new Answers();
  let isOver = false;
  const connection = serveConnection(
    { service, status: async () => ({}) as AgentStatus, stop: () => {} },
    { uid: process.getuid?.() ?? 0, pid: process.pid },
    { reader: new GuardedMessageReader(input), writer, hangUp: () => input.end() },
  );
  connection.onClose(() => {
    isOver = true;
  });
  for (const text of [hello, ...texts])
    input.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  const givenUp = Date.now() + maxSilenceMs;
  while (!isOver && writer.sent.length <= requests && Date.now() < givenUp) await sleep(1);
  const hungUp = isOver;
  // Ends its views and watches.
  input.end();
  while (!isOver) await sleep(1);
  return { answers: writer.sent, hungUp };
}

fuzzAsync('a request has one answer: a result, or an error of the protocol', messages, async (sent) => {
  const numbered = sent.map(({ id, rest }, number) => ({ id: id === undefined ? number : id, rest }));
  const texts = numbered.map(({ id, rest }) => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${rest}}`);
  const asked = sent.flatMap(({ id }, number) => (id === undefined ? [number] : []));
  const { answers, hungUp } = await converse(texts, asked.length);
  for (const { error } of answers)
    if (error) assert.ok(expected.has(error.code), `${error.code}: ${error.message}`);
  const answered = answers.flatMap(({ id }) => (typeof id === 'number' ? [id] : []));
  if (!hungUp)
    assert.deepEqual(
      answered.sort((a, b) => a - b),
      asked,
    );
});
