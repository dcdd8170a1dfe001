/** The parameters of every method: what its schema accepts is what was sent, and fits the records of broker and addon. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as v from 'valibot';
import { encodeBindRequest } from '../../agent/broker-link/bind-records';
import { encodeProcesses } from '../../agent/broker-link/judge-records';
import { encodeSignal } from '../../agent/broker-link/process-records';
import type { PortParams, SignalParams } from '../../agent/protocol';
import { methods } from '../../agent/server/methods';
import { portParams, signalParams } from '../../agent/server/schemas';
import { fuzz } from './fuzz';
import { spoiled, valuesOf } from './schema-values';

const schemas = new Map(methods.map(({ name, schema }) => [name, schema]));

/** One of the methods, with parameters that are made of its own. */
function calls<Params>(make: (schema: v.GenericSchema<unknown>) => fc.Arbitrary<Params>) {
  return fc.oneof(...[...schemas].map(([name, schema]) => fc.tuple(fc.constant(name), make(schema))));
}

function parse(method: string, params: unknown) {
  return v.safeParse(schemas.get(method) ?? v.never(), params);
}

fuzz('what a schema accepts is handed on as it was sent', calls(valuesOf), ([method, params]) => {
  const result = parse(method, JSON.parse(JSON.stringify(params)));
  assert.ok(result.success);
  assert.deepEqual(result.output, accepted(params));
});

fuzz(
  'parameters with wrong parts are refused, or handed on as they were sent',
  calls((schema) => spoiled(valuesOf(schema))),
  ([method, text]) => {
    const given: unknown = JSON.parse(text);
    const result = parse(method, given);
    if (result.success) assert.deepEqual(result.output, accepted(given));
    else assert.ok(result.issues[0].message.length > 0);
  },
);

const keysLeftOut = ['__proto__', 'constructor', 'prototype'];

/** Without the keys that a record leaves out; and an empty list may stand for no parameters or no open groups. */
function accepted(given: unknown): unknown {
  const text = JSON.stringify(given, (key, value) => {
    if (keysLeftOut.includes(key)) return undefined;
    return ['', 'open'].includes(key) && Array.isArray(value) && value.length === 0 ? {} : value;
  });
  return JSON.parse(text);
}

fuzz('a process of a request fits into a record', valuesOf(signalParams), (params) => {
  const { pid, startTime, signal } = params as SignalParams;
  encodeProcesses([{ pid, startTime }]);
  encodeSignal({ pid, startTime }, signal, false);
});

fuzz('a port of a request fits into a record', valuesOf(portParams), (params) => {
  const { port, protocol, netns, addresses } = params as PortParams;
  for (const address of [undefined, ...(addresses ?? [])])
    encodeBindRequest({ netns: netns ?? 0, port, protocol }, address);
});
