import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readScenario } from '../../../../../agent/client/scenario/read-scenario';
import type { Scenario } from '../../../../../agent/client/scenario/steps';

function read(text: string): Scenario {
  const result = readScenario(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.scenario;
}

/** `line:column message` of each mistake. */
function mistakes(text: string): string[] {
  const result = readScenario(text);
  return result.ok ? [] : result.mistakes.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

const drillOnce = { times: 1, everyMs: 0, jitter: 0, oneOfPool: false, end: 'local', waitMs: 30_000 };
const nothingExpected = { recovery: null, maxAttempts: null, noCrash: false, noLeak: false };

describe('the file of a scenario', () => {
  it('has steps of four kinds, with defaults', () => {
    const { name, loops, steps } = read(`
steps:
  - wait: { filter: "remote:1" }
  - destroy: { filter: "remote:1" }
  - outage: { filter: "remote:1", for: 2s }
  - drill: { filter: "remote:1" }
`);
    assert.deepEqual([name, loops], [null, 1]);
    const filter = 'remote:1';
    assert.deepEqual(steps, [
      { kind: 'wait', name: null, filter, count: 1, timeoutMs: 30_000 },
      {
        kind: 'destroy',
        name: null,
        params: { ...drillOnce, filter, hold: null },
        expected: nothingExpected,
      },
      {
        kind: 'outage',
        name: null,
        params: { ...drillOnce, filter, hold: { fault: 'refused', ms: 2000 } },
        expected: nothingExpected,
      },
      {
        kind: 'drill',
        name: null,
        params: { ...drillOnce, filter, times: 5, everyMs: 5000, hold: null },
        expected: nothingExpected,
      },
    ]);
  });

  it('has degrades, of which nothing comes back', () => {
    const { steps } = read(`
steps:
  - degrade: { filter: "remote:1", loss: 0.5%, for: 3s }
    expect: { no-crash: true }
  - degrade: { filter: "cookie:7", half-open: true, direction: in, for: 1m }
  - degrade: { filter: "remote:1", loss: 100%, seed: 9, direction: out, for: 1s }
  - degrade: { filter: "remote:1", rate: 1.5MB/s, for: 1s }
`);
    const nothing = { noCrash: false, noLeak: false };
    assert.deepEqual(steps, [
      {
        kind: 'degrade',
        name: null,
        params: {
          filter: 'remote:1',
          how: { kind: 'loss', percent: 0.5, seed: 1 },
          direction: 'both',
          forMs: 3000,
        },
        expected: { ...nothing, noCrash: true },
      },
      {
        kind: 'degrade',
        name: null,
        params: { filter: 'cookie:7', how: { kind: 'half-open' }, direction: 'in', forMs: 60_000 },
        expected: nothing,
      },
      {
        kind: 'degrade',
        name: null,
        params: {
          filter: 'remote:1',
          how: { kind: 'loss', percent: 100, seed: 9 },
          direction: 'out',
          forMs: 1000,
        },
        expected: nothing,
      },
      {
        kind: 'degrade',
        name: null,
        params: {
          filter: 'remote:1',
          how: { kind: 'rate', bytesPerSecond: 1_500_000 },
          direction: 'both',
          forMs: 1000,
        },
        expected: nothing,
      },
    ]);
    const wrong: readonly (readonly [keys: string, mistake: RegExp])[] = [
      ['for: 1s', /one of loss, rate and half-open/],
      ['loss: 5%, half-open: true, for: 1s', /one of loss, rate and half-open/],
      ['half-open: true, seed: 1, for: 1s', /seed goes with loss/],
      ['loss: 5, for: 1s', /A share of more than 0%/],
      ['loss: 5%, rate: 1MB/s, for: 1s', /one of loss, rate and half-open/],
      ['rate: 1Mbit/s, for: 1s', /A rate of 20 kB\/s to 1 GB\/s/],
      ['rate: 19kB/s, for: 1s', /A rate of 20 kB\/s to 1 GB\/s/],
      ['rate: 1MB/s, seed: 1, for: 1s', /seed goes with loss/],
      ['loss: 0%, for: 1s', /A share of more than 0%/],
      ['loss: 101%, for: 1s', /A share of more than 0%/],
      ['loss: 5%', /"for" is missing/],
      ['loss: 5%, for: 1s }, expect: { recovered-within: 1s', /A degrade cuts nothing/],
    ];
    for (const [keys, mistake] of wrong)
      assert.match(mistakes(`steps: [{ degrade: { filter: "remote:1", ${keys} } }]`).join(), mistake, keys);
  });

  it('has all that a drill takes, and what is expected of it', () => {
    const { steps } = read(`
name: all
loops: 2
steps:
  - name: a pool
    drill:
      filter: "process:node remote:5432"
      times: 3
      every: 500ms
      jitter: 20
      wait: 1m
      end: peer
      one-of-pool: true
      fault: blackhole
    expect: { recovered-within: 1.5s, at-least: 2, attempts-at-most: 0, no-crash: true, no-leak: true }
`);
    assert.deepEqual(steps, [
      {
        kind: 'drill',
        name: 'a pool',
        params: {
          filter: 'process:node remote:5432',
          times: 3,
          everyMs: 500,
          jitter: 0.2,
          waitMs: 60_000,
          end: 'peer',
          oneOfPool: true,
          hold: { fault: 'blackhole', ms: 10_000 },
        },
        expected: {
          recovery: { withinMs: 1500, atLeast: 2 },
          maxAttempts: 0,
          noCrash: true,
          noLeak: true,
        },
      },
    ]);
  });

  it('may expect a recovery until the wait after an outage is over', () => {
    const { steps } = read(
      'steps: [{ outage: { filter: "pid:1", for: 2s }, expect: { recovered-within: 32s } }]',
    );
    assert.equal(steps.length, 1);
  });

  it('may say the same in several steps by an alias', () => {
    const { steps } = read('steps:\n  - destroy: &it { filter: "pid:1" }\n  - destroy: *it\n');
    assert.deepEqual(steps[0], steps[1]);
  });

  const step = (text: string) => `steps:\n  - ${text}\n`;
  const wrong: readonly [what: string, text: string, expected: readonly RegExp[]][] = [
    ['nothing', '', [/^1:1 Keys with values .*steps.* not null/]],
    ['a list', '- a', [/^1:1 "steps" is missing/, /^1:\d "0" is not known/]],
    ['no steps', 'name: x', [/^1:1 "steps" is missing/]],
    ['an empty list', 'steps: []', [/^1:8 A scenario has at least one step/]],
    ['an unknown key', `loop: 2\n${step('wait: { filter: "pid:1" }')}`, [/^1:1 "loop" .*nearest is loops/]],
    ['an unknown step', step('drilll: {}'), [/^2:5 "drilll" .*nearest is drill/]],
    ['a step without a kind', step('name: x'), [/^2:5 A step has one of wait, destroy, outage, drill/]],
    [
      'two kinds',
      step('wait: { filter: "pid:1" }\n    destroy: { filter: "pid:1" }'),
      [/^2:5 A step has one of/],
    ],
    ['no filter', step('wait: {}'), [/^2:11 "filter" is missing/]],
    ['free text', step('wait: { filter: node }'), [/^2:21 "node" is free text/]],
    [
      'a number for a duration',
      step('wait: { filter: "pid:1", timeout: 10 }'),
      [/^2:39 A duration .*not 10$/],
    ],
    ['no duration at all', step('wait: { filter: "pid:1", timeout: soon }'), [/^2:39 A duration .*"soon"/]],
    ['too long', step('wait: { filter: "pid:1", timeout: 2h }'), [/^2:39 At most 1h/]],
    ['a text for a number', step('drill: { filter: "pid:1", times: "3" }'), [/^2:38 A whole number .*"3"/]],
    ['half a round, named once', step('drill: { filter: "pid:1", times: 0.5 }'), [/^2:38 A whole number/]],
    ['an unknown fault', step('outage: { filter: "pid:1", for: 1s, fault: refuse }'), [/nearest is refused/]],
    [
      'a recovery that would come too late to be seen',
      step('outage: { filter: "pid:1", for: 2s }\n    expect: { recovered-within: 32.001s }'),
      [/^2:5 recovered-within is longer than the step waits/],
    ],
    ['down alone', step('drill: { filter: "pid:1", down: 1s }'), [/^2:12 down goes with fault/]],
    [
      'expectations of a wait',
      step('wait: { filter: "pid:1" }\n    expect: { no-crash: true }'),
      [/^2:5 wait has no expect/],
    ],
    [
      'more connections than rounds list',
      step('drill: { filter: "pid:1", times: 1000 }\n    expect: { at-least: 21 }'),
      [/^2:5 at-least, times the rounds, is at most 20000/],
    ],
    [
      'a word that is no truth',
      step('destroy: { filter: "pid:1" }\n    expect: { no-leak: yes }'),
      [/^3:24 true or false is needed here, not "yes"/],
    ],
    ['a key twice', 'steps: []\nsteps: []', [/^2:1 .*unique/]],
    ['no YAML', 'steps: [', [/^1:9 /]],
    [
      'a text that does not end where its line does',
      'steps:\n  - " { filter: "pid:1", \n    steps: }\n',
      [/^2:18 /, /^3:12 /],
    ],
    ['a tag', 'steps: !!python/object []', [/^1:8 /]],
    ['two of them', 'a: 1\nb: 2', [/^1:1 "a" is not/, /^1:1 "steps" is missing/]],
  ];
  for (const [what, text, expected] of wrong)
    it(`names the place of a mistake: ${what}`, () => {
      const found = mistakes(text);
      for (const pattern of expected)
        assert.ok(
          found.some((one) => pattern.test(one)),
          found.join('\n'),
        );
      assert.equal(found.length, expected.length, found.join('\n'));
    });

  it('names mistakes in the order of the file', () => {
    const text = 'steps:\n  - wait: { filter: node }\n  - wait: { filter: also }\nname: 3\n';
    assert.deepEqual(
      mistakes(text).map((one) => one.split(' ')[0]),
      ['2:21', '3:21', '4:7'],
    );
  });

  it('is refused where aliases would make too much of it', () => {
    const grow = [...'bcdefgh'].map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`);
    assert.deepEqual(
      mistakes(['a: &a [1]', ...grow].join('\n')).map((one) => /^1:1 .*alias/i.test(one)),
      [true],
    );
  });
});

describe('the JSON schema of scenarios', () => {
  it('has every key, with defaults as they are written', () => {
    const schema = JSON.parse(readFileSync(join('dist', 'scenario.schema.json'), 'utf8'));
    const { properties, additionalProperties } = schema.properties.steps.items;
    assert.equal(additionalProperties, false);
    assert.deepEqual(Object.keys(properties), [
      'name',
      'wait',
      'destroy',
      'outage',
      'drill',
      'degrade',
      'expect',
    ]);
    assert.equal(properties.wait.properties.timeout.default, '30s');
    assert.deepEqual(properties.outage.required, ['filter', 'for']);
  });
});
