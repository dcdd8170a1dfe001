/** Makes values of a valibot schema, so that a method is fuzzed from the day it is in the table. */

import fc from 'fast-check';
import * as v from 'valibot';
import { addresses } from './addresses';

/** What a schema's steps demand of a text or number. */
interface Demands {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
}

/** The parts of valibot's schemas and steps that are read here. */
interface Part {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly Part[];
  readonly requirement?: unknown;
  readonly entries?: Readonly<Record<string, Part>>;
  readonly item?: Part;
  readonly wrapped?: Part;
  readonly key?: Part;
  readonly value?: Part;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
}

const maxItems = 5;

/** Values that fit the schema. */
export function valuesOf(schema: v.GenericSchema<unknown>): fc.Arbitrary<unknown> {
  return valuesOfPart(schema as unknown as Part).filter((value) => v.safeParse(schema, value).success);
}

function valuesOfPart(part: Part): fc.Arbitrary<unknown> {
  const { min, max, pattern } = demandsOf(part);
  switch (part.type) {
    case 'strict_object':
      return objects(part.entries ?? {});
    case 'array':
      return fc.array(valuesOfPart(required(part.item)), { minLength: min ?? 0, maxLength: maxItems });
    case 'record':
      return fc.dictionary(
        valuesOfPart(required(part.key)) as fc.Arbitrary<string>,
        valuesOfPart(required(part.value)),
        { maxKeys: maxItems, noNullPrototype: true },
      );
    case 'nullable':
      return fc.oneof(fc.constant(null), valuesOfPart(required(part.wrapped)));
    case 'exact_optional':
      return valuesOfPart(required(part.wrapped));
    case 'picklist':
      return fc.constantFrom(...(part.options ?? []));
    case 'variant':
      return fc.oneof(...(part.options ?? []).map((option) => valuesOfPart(option as Part)));
    case 'literal':
      return fc.constant(part.literal);
    case 'boolean':
      return fc.boolean();
    case 'number':
      return numbers(part, min, max);
    case 'string':
      return pattern
        ? fc.oneof(fc.stringMatching(pattern), fc.constantFrom('18446744073709551615', '9'.repeat(20)))
        : fc.oneof(
            { weight: 4, arbitrary: addresses },
            fc.string({ unit: 'binary', minLength: min ?? 0, maxLength: max ?? 100 }),
          );
    default:
      throw new Error(`No values are known of the schema "${part.type}": add them`);
  }
}

function objects(entries: Readonly<Record<string, Part>>): fc.Arbitrary<unknown> {
  const keys = Object.keys(entries);
  return fc.record(Object.fromEntries(keys.map((key) => [key, valuesOfPart(required(entries[key]))])), {
    requiredKeys: keys.filter((key) => entries[key]?.type !== 'exact_optional'),
    noNullPrototype: true,
  });
}

function numbers(part: Part, min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER) {
  const isWhole = stepsOf(part).some(({ type }) => type === 'integer' || type === 'safe_integer');
  return isWhole
    ? fc.maxSafeInteger().map((any) => min + (Math.abs(any) % (max - min + 1)))
    : fc.double({ min, max, noNaN: true }).map((any) => any + 0);
}

/** Of a pipe, and of the pipe that it begins with. */
function stepsOf(part: Part): readonly Part[] {
  return part.pipe?.flatMap((step) => step.pipe ?? [step]) ?? [];
}

function demandsOf(part: Part): Demands {
  const demands: { min?: number; max?: number; pattern?: RegExp } = {};
  for (const { type, requirement } of stepsOf(part)) {
    if (type === 'min_value' || type === 'min_length')
      demands.min = Math.max(Number(requirement), demands.min ?? -Infinity);
    if (type === 'max_value' || type === 'max_length') demands.max = Number(requirement);
    if (type === 'regex') demands.pattern = requirement as RegExp;
  }
  return demands;
}

function required<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a schema without its part');
  return value;
}

const junk = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 0.5, 1e300, -1e-300, 2 ** 53, '', '\0', [], {}, '9'.repeat(21)),
  fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }),
  fc.string({ unit: 'binary', maxLength: 5000 }),
);

const strangeKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'more', ''];

interface Change {
  /** The number of the value to change, counted from the outside. */
  readonly at: number;
  readonly kind: 'replace' | 'remove' | 'add';
  readonly key: string;
  readonly value: unknown;
}

const changes = fc.array(
  fc.record<Change>({
    at: fc.nat({ max: 12 }),
    kind: fc.constantFrom('replace', 'remove', 'add'),
    key: fc.constantFrom(...strangeKeys),
    value: junk,
  }),
  { maxLength: 3 },
);

/** The same values with parts replaced, removed or added: as JSON, where `__proto__` is a key as others. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  return fc.tuple(values, changes).map(([value, all]) => JSON.stringify(all.reduce(changed, value) ?? null));
}

function changed(whole: unknown, change: Change): unknown {
  let left = change.at;
  function walk(value: unknown): unknown {
    if (left-- === 0) return change.kind === 'add' ? withKey(value, change) : replacement(change);
    if (Array.isArray(value)) return value.map(walk).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    // Unlike an assignment, this makes an own key of __proto__, too.
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]));
  }
  return walk(whole);
}

/** Undefined: JSON has no such value. */
function replacement({ kind, value }: Change): unknown {
  return kind === 'remove' ? undefined : value;
}

function withKey(whole: unknown, { key, value }: Change): unknown {
  if (Array.isArray(whole)) return [...whole, value];
  if (typeof whole !== 'object' || whole === null) return value;
  return Object.fromEntries([...Object.entries(whole), [key, value]]);
}
