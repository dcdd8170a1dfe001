/**
 * Long loops in slices, between which the event loop serves others. Slices run in turn by principal, so that one who has many loops
 * at once delays nobody by more than one slice.
 */

import { setImmediate as events } from 'node:timers/promises';
import { FairQueue } from './fair-queue';

/** Between two looks at the events. */
const sliceMs = 10;
/** Turns of the event loop from the bytes of a request to those of its answer: it is read, decoded, handled and written. */
const eventTurns = 4;

/** Items between two looks at the clock, which costs as much as many an item does. */
const itemsPerStep = 32;

const turns = new FairQueue();
/** Monotonic milliseconds: when the present slice is over. */
let sliceEnd = 0;

/** A step that cannot be cut. */
export function inOneSlice<T>(step: () => T): Promise<T> {
  return turns.run(async () => {
    await passEvents();
    return step();
  });
}

/** Runs a loop to its end; it may be interrupted wherever it yields. */
export async function inSlices<T>(loop: Generator<void, T, void>): Promise<T> {
  for (;;) {
    const step = await inOneSlice(() => oneSlice(loop));
    if (step.done) return step.value;
  }
}

/** The same for each item, in order; an item takes far less than a slice. */
export function mapInSlices<Item, T>(
  items: Iterable<Item>,
  map: (item: Item, index: number) => T,
): Promise<T[]> {
  return inSlices(mapping(items, map));
}

/** The items that match, likewise. */
export function filterInSlices<Item>(
  items: Iterable<Item>,
  matches: (item: Item) => boolean,
): Promise<Item[]> {
  return inSlices(filtering(items, matches));
}

function* filtering<Item>(
  items: Iterable<Item>,
  matches: (item: Item) => boolean,
): Generator<void, Item[], void> {
  const found: Item[] = [];
  let seen = 0;
  for (const item of items) {
    if (matches(item)) found.push(item);
    if (++seen % itemsPerStep === 0) yield;
  }
  return found;
}

function* mapping<Item, T>(
  items: Iterable<Item>,
  map: (item: Item, index: number) => T,
): Generator<void, T[], void> {
  const mapped: T[] = [];
  for (const item of items) {
    mapped.push(map(item, mapped.length));
    if (mapped.length % itemsPerStep === 0) yield;
  }
  return mapped;
}

function oneSlice<T>(loop: Generator<void, T, void>): IteratorResult<void, T> {
  let step = loop.next();
  while (!step.done && performance.now() < sliceEnd) step = loop.next();
  return step;
}

async function passEvents(): Promise<void> {
  if (performance.now() < sliceEnd) return;
  for (let turn = 0; turn < eventTurns; turn++) await events();
  sliceEnd = performance.now() + sliceMs;
}
