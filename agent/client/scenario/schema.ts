/** What the file of a scenario may have: it is checked by this, and the JSON schema for editors is made of this. */

import * as v from 'valibot';
import {
  type DegradeParams,
  type Degrading,
  type DrillParams,
  directions,
  ends,
  faults,
  limits,
} from '../../protocol';
import { maxAtLeast } from '../late-round';
import { type Awaited, type Expected, maxAttempts, type Scenario, type Step } from './steps';
import { duration, filter, flag, name, needed, object, oneOf, percent, rate, whole } from './values';

const maxSteps = 100;
const maxLoops = 1000;
const maxCount = 100_000;
const maxSeed = 2 ** 32 - 1;

const waitKeys = v.pipe(
  object({
    filter,
    count: v.optional(whole(1, maxCount, 'How many sockets are to match'), 1),
    timeout: v.optional(duration(1, limits.drillMs, 'How long it waits'), '30s'),
  }),
  v.transform(({ timeout: timeoutMs, ...keys }): Awaited => ({ ...keys, timeoutMs })),
);

/** Of every fault. */
const faultKeys = {
  filter,
  end: v.optional(
    oneOf(ends, 'Which end is aborted: local, whose program gets ECONNABORTED, or peer, as in a real outage'),
    'local',
  ),
  wait: v.optional(
    duration(1, limits.drillMs, 'How long a round waits for what was cut, from the end of an outage'),
    '30s',
  ),
};

const fault = oneOf(
  faults,
  'What the remote does: refused, unreachable, denied (connects fail at once) or blackhole',
);

const once = { times: 1, everyMs: 0, jitter: 0, oneOfPool: false } as const;

const destroyKeys = v.pipe(
  object(faultKeys),
  v.transform(({ wait: waitMs, ...keys }): DrillParams => ({ ...once, ...keys, waitMs, hold: null })),
);

const outageKeys = v.pipe(
  object({
    ...faultKeys,
    fault: v.optional(fault, 'refused'),
    for: duration(1, limits.outageMs, 'How long the remote is held down'),
  }),
  v.transform(
    ({ wait: waitMs, fault, for: ms, ...keys }): DrillParams => ({
      ...once,
      ...keys,
      waitMs,
      hold: { fault, ms },
    }),
  ),
);

const drillKeys = v.pipe(
  object({
    ...faultKeys,
    times: v.optional(whole(1, limits.drillRounds, 'Rounds'), 5),
    every: v.optional(duration(0, limits.drillMs, 'From the end of a round to the next one'), '5s'),
    jitter: v.optional(whole(0, 100, 'By how many percent that varies'), 0),
    'one-of-pool': flag('Cuts one of the connections in each round'),
    fault: v.exactOptional(fault),
    down: v.exactOptional(duration(1, limits.outageMs, 'With fault: how long (10s)')),
  }),
  v.check(({ fault, down }) => fault !== undefined || down === undefined, 'down goes with fault'),
  v.transform(
    ({ filter, end, times, jitter, fault, ...keys }): DrillParams => ({
      filter,
      end,
      times,
      everyMs: keys.every,
      jitter: jitter / 100,
      waitMs: keys.wait,
      oneOfPool: keys['one-of-pool'],
      hold: fault ? { fault, ms: keys.down ?? 10_000 } : null,
    }),
  ),
);

const degradeKeys = v.pipe(
  object({
    filter,
    loss: v.exactOptional(percent('So many of the packets vanish')),
    seed: v.exactOptional(whole(0, maxSeed, 'With loss: which of them (1)')),
    rate: v.exactOptional(rate('So much of each connection passes, in each direction')),
    'half-open': flag('All packets of one connection vanish, and neither end is told'),
    direction: v.optional(oneOf(directions, 'Packets that the program gets, sends, or both'), 'both'),
    for: duration(1, limits.outageMs, 'How long'),
  }),
  v.check(
    ({ loss, rate, 'half-open': halfOpen }) =>
      [loss !== undefined, rate !== undefined, halfOpen].filter(Boolean).length === 1,
    'A degrade has one of loss, rate and half-open',
  ),
  v.check(({ loss, seed }) => loss !== undefined || seed === undefined, 'seed goes with loss'),
  v.transform(
    ({ filter, direction, for: forMs, ...keys }): DegradeParams => ({
      filter,
      how: degradingOf(keys),
      direction,
      forMs,
    }),
  ),
);

interface DegradingKeys {
  readonly loss?: number;
  readonly seed?: number;
  readonly rate?: number;
}

function degradingOf({ loss, seed = 1, rate }: DegradingKeys): Degrading {
  if (loss !== undefined) return { kind: 'loss', percent: loss, seed };
  return rate === undefined ? { kind: 'half-open' } : { kind: 'rate', bytesPerSecond: rate };
}

const expectKeys = v.pipe(
  object({
    'recovered-within': v.exactOptional(
      duration(1, limits.drillMs, 'In each round, all that was cut is back in this time'),
    ),
    'at-least': v.exactOptional(whole(1, limits.roundAttempts, 'So many are back, instead of all')),
    'attempts-at-most': v.exactOptional(whole(0, maxAttempts, 'Connects, in each round')),
    'no-crash': flag('No process ends that lost a connection'),
    'no-leak': flag('Afterwards, no process has more sockets than before'),
  }),
  v.transform((keys): Expected => {
    const { 'recovered-within': withinMs = null, 'at-least': atLeast = null } = keys;
    return {
      recovery: withinMs === null && atLeast === null ? null : { withinMs, atLeast },
      maxAttempts: keys['attempts-at-most'] ?? null,
      noCrash: keys['no-crash'],
      noLeak: keys['no-leak'],
    };
  }),
);

const nothingExpected: Expected = { recovery: null, maxAttempts: null, noCrash: false, noLeak: false };

const faultKinds = ['destroy', 'outage', 'drill'] as const;
const kinds = ['wait', ...faultKinds, 'degrade'] as const;

const stepKeys = v.pipe(
  object({
    name: v.exactOptional(name),
    wait: v.exactOptional(waitKeys),
    destroy: v.exactOptional(destroyKeys),
    outage: v.exactOptional(outageKeys),
    drill: v.exactOptional(drillKeys),
    degrade: v.exactOptional(degradeKeys),
    expect: v.exactOptional(expectKeys),
  }),
  v.check((keys) => kinds.filter((kind) => keys[kind]).length === 1, `A step has one of ${kinds.join(', ')}`),
  v.check(
    ({ wait, expect }) => !wait || !expect,
    'wait has no expect: it fails where too little matches within its timeout',
  ),
  v.check(
    ({ degrade, expect }) => !degrade || !expect || (!expect.recovery && expect.maxAttempts === null),
    'A degrade cuts nothing: it has no-crash and no-leak alone',
  ),
  v.check(
    ({ drill, expect }) => (expect?.recovery?.atLeast ?? 0) <= maxAtLeast(drill?.times ?? 1),
    `at-least, times the rounds, is at most ${limits.drillAttempts}`,
  ),
  v.transform((keys): Step => {
    const { name = null, wait, degrade, expect: expected = nothingExpected } = keys;
    if (wait) return { kind: 'wait', name, ...wait };
    if (degrade) {
      const { noCrash, noLeak } = expected;
      return { kind: 'degrade', name, params: degrade, expected: { noCrash, noLeak } };
    }
    const kind = faultKinds.find((one) => keys[one]) ?? 'drill';
    return { kind, name, params: keys[kind] as DrillParams, expected }; // there is one, by the check above
  }),
  v.check(
    (step) =>
      step.kind === 'wait' ||
      step.kind === 'degrade' ||
      (step.expected.recovery?.withinMs ?? 0) <= longestMs(step.params),
    'recovered-within is longer than the step waits: raise wait',
  ),
);

/** From the cut until a round ends in any case. */
function longestMs({ waitMs, hold }: DrillParams): number {
  return waitMs + (hold?.ms ?? 0);
}

export const scenarioSchema = v.pipe(
  object({
    name: v.exactOptional(name),
    loops: v.optional(whole(1, maxLoops, 'How often all steps are taken'), 1),
    steps: v.pipe(
      v.array(stepKeys, needed('A list of steps')),
      v.minLength(1, 'A scenario has at least one step'),
      v.maxLength(maxSteps, `A scenario has at most ${maxSteps} steps`),
    ),
  }),
  v.transform(({ name = null, ...keys }): Scenario => ({ name, ...keys })),
);
