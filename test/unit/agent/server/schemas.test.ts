/** R13: requests that are almost right never reach a handler. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as v from 'valibot';
import { limits, type Target } from '../../../../agent/protocol';
import { methods } from '../../../../agent/server/methods';

const target: Target = {
  netns: 4_026_531_840,
  cookie: '17',
  protocol: 'tcp',
  local: { address: '127.0.0.1', port: 3000 },
  remote: { address: '::1', port: 40_000 },
};

const view = {
  view: 1,
  filter: '',
  show: 'everything',
  groupBy: 'process',
  workspace: { roots: [7], folders: ['/home'] },
  open: { '': 10 },
};

/** Parameters that each method accepts; the others take none. */
const valid: Readonly<Record<string, object>> = {
  'sockets/destroy': { targets: [target], engine: 'bpf', includeListeners: true },
  'sockets/destroyNext': { filter: 'remote:9', at: 'connect', waitMs: 100 },
  'sockets/plan': { targets: [target] },
  'sockets/timers': { targets: [target] },
  'sockets/tune': {
    targets: [target],
    tuning: { keepalive: { idleS: 30, intervalS: 10, probes: 3 }, userTimeoutMs: 20_000 },
  },
  'audit/read': { since: 0 },
  'history/list': { filter: 'remote:9', sinceMs: 600_000, after: 4 },
  'sockets/list': { filter: '', inOrder: true },
  'sockets/listJson': { filter: '' },
  'sockets/watch': { filter: ':3000' },
  'sockets/unwatch': { watch: 1 },
  'sockets/inspect': { target },
  'processes/inspect': { pid: 7, startTime: '9' },
  'processes/plan': { pid: 7, startTime: '9' },
  'processes/signal': { pid: 7, startTime: '9', signal: 'TERM', graceMs: 0 },
  'outages/start': { filter: 'remote:9', fault: 'refused', forMs: 1000, detach: false },
  'outages/stop': { id: 1 },
  'captures/start': { filter: 'remote:9', forMs: 1000, snap: 100 },
  'degrades/run': {
    degrade: 1,
    filter: 'remote:9',
    how: { kind: 'loss', percent: 5, seed: 7 },
    direction: 'both',
    forMs: 1000,
  },
  'drills/run': {
    drill: 1,
    filter: 'remote:9',
    times: 1,
    everyMs: 0,
    jitter: 0,
    waitMs: 1000,
    end: 'local',
    oneOfPool: false,
    hold: { fault: 'refused', ms: 1000 },
  },
  'ports/bind': { port: 3000, protocol: 'tcp', netns: null },
  'ports/explain': { port: 3000, protocol: 'udp', netns: 4_026_531_840 },
  'containers/name': { containers: [{ id: 'c'.repeat(64), name: 'web' }] },
  'view/set': view,
  'view/close': { view: 1 },
  'view/locate': { view: 1, socket: { netns: 1, cookie: '17' } },
  'view/refresh': { view: 1 },
  'view/sockets': { view: 1, group: 'pid/7' },
};

/** With an own key of this name, which only JSON.parse makes. */
function withPrototype(whole: object): unknown {
  const [, rest = ''] = /^\{(.*)\}$/.exec(JSON.stringify(whole)) ?? [];
  return JSON.parse(`{"__proto__":{"uid":0}${rest && ','}${rest}}`);
}

/** Values that may stand nowhere where this one may. */
function wrong(value: unknown): readonly unknown[] {
  if (value === null) return [[], { more: 1 }, true];
  if (Array.isArray(value)) return [{}, 'x', 1, null, [null], new Array(limits.roots * 3).fill(value[0])];
  switch (typeof value) {
    case 'number':
      return ['1', {}, [], true, Number.NaN, Number.POSITIVE_INFINITY, -1, -0.5, 2 ** 53];
    case 'string':
      return [
        1,
        null,
        {},
        [],
        'x'.repeat(100_000),
        ...(/^\d+$/.test(value) ? ['-1', String(2n ** 64n)] : []),
      ];
    case 'boolean':
      return [1, 'true', null, {}];
    default:
      return wrongObjects(value as object);
  }
}

function wrongObjects(whole: object): readonly unknown[] {
  const wrong = [null, 1, 'x', { ...whole, more: 1 }, withPrototype(whole)];
  // No parameters may be written as an empty array.
  return Object.keys(whole).length > 0 ? [...wrong, []] : wrong;
}

/** What may stand there after all: nothing held down, nothing to set, no remote end, one more group, and a key that a record leaves out. */
const fine = new Set([
  'hold null',
  'open []',
  'tuning null',
  'keepalive null',
  'remote null',
  'open {"":10,"more":1}',
  'open {"__proto__":{"uid":0},"":10}',
]);

/** Every version of a value in which one part of it is wrong. */
function* broken(value: unknown, name: string): Generator<unknown> {
  for (const bad of wrong(value)) if (!fine.has(`${name} ${JSON.stringify(bad)}`)) yield bad;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value))
    for (const bad of broken(part, key)) {
      if (!Array.isArray(value)) yield { ...value, [key]: bad };
      else yield value.map((each, at) => (String(at) === key ? bad : each));
    }
}

it('R13: parameters with one wrong part fit no method', () => {
  let tried = 0;
  for (const { name, schema } of methods) {
    const params = valid[name] ?? {};
    assert.ok(v.safeParse(schema, params).success, `${name} takes the right ones`);
    for (const bad of broken(params, name)) {
      tried += 1;
      const { success } = v.safeParse(schema, bad);
      assert.equal(success, false, `${name} ${JSON.stringify(bad)?.slice(0, 300)}`);
    }
  }
  assert.ok(tried > 500, `${tried} tried`);
});

it('R13: parameters of one method fit no other one by chance', () => {
  const pairs = Object.entries(valid).flatMap(([name, params]) =>
    methods.map((method) => ({ name, params, method })),
  );
  const fitting = pairs.filter(
    ({ name, params, method }) => name !== method.name && v.safeParse(method.schema, params).success,
  );
  const alike = fitting.map(({ name, method }) => [name, method.name].sort().join(' '));
  assert.deepEqual([...new Set(alike)].sort(), [
    'history/list sockets/listJson',
    'history/list sockets/watch',
    'ports/bind ports/explain',
    'processes/inspect processes/plan',
    'sockets/destroy sockets/plan',
    'sockets/destroy sockets/timers',
    'sockets/list sockets/listJson',
    'sockets/list sockets/watch',
    'sockets/listJson sockets/watch',
    'sockets/plan sockets/timers',
    'view/close view/refresh',
  ]);
});
