/** The filter language: what is printed is parsed as the same filter, and no text does more than be refused. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { matcher } from '../../agent/inventory/filter-match';
import {
  type Condition,
  type Filter,
  formatEndpoint,
  limits,
  parseActingFilter,
  parseFilter,
  portsOfFilter,
  protocols,
  states,
} from '../../agent/protocol';
import { socket } from '../helpers/sockets';
import { addresses } from './addresses';
import { fuzz } from './fuzz';

type Pattern = (Condition & { readonly key: 'remote' })['values'][number];

const port = fc.integer({ min: 0, max: 65535 });
const number = fc.integer({ min: 0, max: 4_294_967_295 });
const cookie = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
/** A comma separates values, and a quote cannot be written. */
const word = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/[",]/.test(text));

const pattern: fc.Arbitrary<Pattern> = fc.oneof(
  port.map((port) => ({ port })),
  addresses.map((address) => ({ addresses: [address] })),
  fc.record({ addresses: addresses.map((address) => [address]), port }, { noNullPrototype: true }),
);

const some = <Value>(value: fc.Arbitrary<Value>) => fc.array(value, { minLength: 1, maxLength: 4 });

function conditions<Key extends Condition['key'], Value>(keys: readonly Key[], value: fc.Arbitrary<Value>) {
  return fc.record({ key: fc.constantFrom(...keys), values: some(value) }, { noNullPrototype: true });
}

const condition = fc.oneof(
  conditions(['port'], port),
  conditions(['pid', 'net'], number),
  conditions(['remote', 'addr'], pattern),
  conditions(['process', 'user', 'container'], word),
  conditions(['cookie'], cookie),
  conditions(['state'], fc.constantFrom(...states)),
  conditions(['proto'], fc.constantFrom(...protocols)),
) as fc.Arbitrary<Condition>;

const term = fc.tuple(condition, fc.boolean()).map(([condition, negated]) => ({ ...condition, negated }));
const filters = fc.array(term, { maxLength: 5 });

/** A filter as text. `quoted` where it may hold blanks. */
function print(filter: Filter): string {
  return filter.map((term) => (term.negated ? '-' : '') + printCondition(term)).join(' ');
}

function printCondition(condition: Condition): string {
  switch (condition.key) {
    case 'text':
      return `"${condition.values[0]}"`;
    case 'process':
    case 'user':
    case 'container':
      // Behind a key and at once, two slashes make a URL of it, which is free text.
      return `${condition.key}:${condition.values[0]?.startsWith('//') ? ',' : ''}"${condition.values.join()}"`;
    case 'remote':
    case 'addr':
      return `${condition.key}:${condition.values.map(printPattern).join()}`;
    default:
      return `${condition.key}:${condition.values.join()}`;
  }
}

function printPattern({ addresses, port }: Pattern): string {
  if (addresses?.length === 2) return port === undefined ? 'localhost' : `localhost:${port}`;
  const [address] = addresses ?? [];
  if (address === undefined) return String(port);
  return port === undefined ? address : formatEndpoint({ address, port });
}

/** Text that is nearly a filter: pieces of the language in any order, and anything in between. */
const pieces = fc.constantFrom(
  ...['port:', ':', '::', '-', ',', '"', ' ', '\t', '//', '[', ']', '.', '0x', '0', '00', '65535', '65536'],
  ...['remote:', 'ADDR:', 'pid:', 'process:', 'State:', 'proto:', 'user:', 'net:', 'container:', 'cookie:'],
  ...['localhost', '127.0.0.1', '::1', 'listen', 'tcp', 'prot:', '__proto__:', 'constructor:', '4294967296'],
);
const nearly = fc
  .array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string({ unit: 'binary', maxLength: 8 })), {
    maxLength: 30,
  })
  .map((parts) => parts.join(''));
/** As long as a filter may be, and longer. */
const long = fc
  .tuple(
    fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 3 })),
    fc.integer({ min: 1, max: 1100 }),
    nearly,
  )
  .map(([part, times, end]) => part.repeat(times).slice(0, limits.filter + 1) + end);
const texts = fc.oneof({ weight: 8, arbitrary: nearly }, { weight: 1, arbitrary: long });

const sockets = [
  socket('127.0.0.1:3000', '10.0.0.5:51234'),
  socket('[::1]:80', null, { state: 'listen' }),
  socket('0.0.0.0:0', null, { state: 'close' }),
];

fuzz('a filter that is printed is parsed as the same one', filters, (filter) => {
  const text = print(filter);
  if (text.length > limits.filter) return;
  assert.deepEqual(parseFilter(text), { ok: true, filter });
});

fuzz('what a text was parsed as is printed and parsed as the same', texts, (text) => {
  const parsed = parseFilter(text);
  if (!parsed.ok) {
    assert.ok(parsed.message.length > 0 && parsed.message.length < 2 * limits.filter + 300, parsed.message);
    return;
  }
  const again = print(parsed.filter);
  if (again.length <= limits.filter) assert.deepEqual(parseFilter(again), parsed);
});

fuzz('a filter that acts names what it selects by a key', texts, (text) => {
  const parsed = parseActingFilter(text);
  if (!parsed.ok) return;
  assert.ok(parsed.filter.some(({ negated }) => !negated));
  assert.ok(parsed.filter.every(({ key, values }) => key !== 'text' && values.length > 0));
});

fuzz('a filter matches whatever its ports are asked for alone, or does not match at all', texts, (text) => {
  const parsed = parseFilter(text);
  if (!parsed.ok) return;
  const ports = portsOfFilter(parsed.filter);
  for (const each of sockets) {
    const selected = ports?.includes(each.local.port) || ports?.includes(each.remote?.port ?? 0);
    if (matcher(parsed.filter)(each)) assert.ok(ports === null || selected, `${ports}`);
  }
});
