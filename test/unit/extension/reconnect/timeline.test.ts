/** From a drill's events, result or file to the contents of the timeline. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { StepResult } from '../../../../agent/client/scenario/run-scenario';
import { attemptResults, type DrillResult, type Round } from '../../../../agent/protocol';
import { toCsv } from '../../../../extension/reconnect/timeline/timeline-csv';
import { readRuns } from '../../../../extension/reconnect/timeline/timeline-file';
import { differenceText, formatTick } from '../../../../extension/reconnect/timeline/timeline-format';
import { pageHtml } from '../../../../extension/reconnect/timeline/timeline-html';
import { readMessage } from '../../../../extension/reconnect/timeline/timeline-message';
import {
  eventColumns,
  markKindText,
  roundColumns,
  runHead,
  runView,
} from '../../../../extension/reconnect/timeline/timeline-model';
import {
  fromResult,
  LiveRun,
  type Run,
  toResult,
} from '../../../../extension/reconnect/timeline/timeline-run';
import { summaryLabels } from '../../../../extension/reconnect/timeline/timeline-summary';
import { markKinds } from '../../../../extension/reconnect/timeline/timeline-view';
import { attempt, drillParams, result, round } from '../../../helpers/drills';
import { english } from '../../../helpers/sockets';

const done = (drill: DrillResult): Run => fromResult(1, drill, 'done', null);
const view = (drill: DrillResult) => runView(english, done(drill), 0);

/** Held down for a second: two refused attempts, then it connects. */
const held = result(
  [
    round(1, [
      attempt(100, { result: 'refused', durationMs: 0, byOutage: true }),
      attempt(300, { result: 'refused', durationMs: 0, byOutage: true }),
      attempt(1100),
    ]),
    round(2, [attempt(101.2)]),
  ],
  { hold: { fault: 'refused', ms: 1000 } },
);

/** A loop of which most attempts were counted, and some events lost. */
const storm = result([
  round(1, [attempt(1, { result: 'refused' }), attempt(2000)], {
    attemptCount: 901,
    dropped: 7,
    incomplete: true,
    verdict: 'storm',
    more: [
      {
        pid: 42,
        remote: { address: '127.0.0.1', port: 6379 },
        count: 900,
        firstMs: 2,
        lastMs: 2000,
        gapsMs: { p5: 1, p50: 2, p95: 3 },
        results: { connected: 1, refused: 899 },
      },
    ],
    lost: [{ remote: { address: '127.0.0.1', port: 6379 }, pids: [42], backMs: 2000.7 }],
  }),
]);

describe('the view of a drill run', () => {
  it('has a mark for each event, in order', () => {
    const [first, second] = view(held).rounds;
    assert.deepEqual(
      first?.marks.map(({ kind, atMs }) => [kind, atMs]),
      [
        ['destroyed', 0],
        ['refused', 100],
        ['refused', 300],
        ['connected', 1100],
        ['recovered', 1100.7],
        ['bytes', 1101.5],
      ],
    );
    assert.equal(second?.startMs, 5000);
    assert.equal(second?.marks[1]?.atMs, 101.2);
  });

  it('has every number of a mark in its sentence and in its row', () => {
    const mark = view(held).rounds[1]?.marks[1];
    assert.equal(
      mark?.label,
      'Round 2, 101.2 ms after the destroy: attempt: connected, 127.0.0.1:6379 by pid 42, took 0.7 ms.',
    );
    assert.deepEqual(mark?.cells, [
      '2',
      '5.1 s',
      '101.2 ms',
      '',
      'attempt: connected',
      '127.0.0.1:6379 by pid 42',
      '0.7 ms',
    ]);
    const [, first, second] = view(held).rounds[0]?.marks ?? [];
    assert.match(first?.label ?? '', /refused by the outage/);
    assert.deepEqual([first?.cells[3], second?.cells[3]], ['', '200 ms']);
  });

  it('has as many cells as columns', () => {
    const { rounds, summary } = view(held);
    assert.equal(summary.length, summaryLabels(english).length);
    for (const { cells, marks } of rounds) {
      assert.equal(cells.length, roundColumns(english).length);
      for (const mark of marks) assert.equal(mark.cells.length, eventColumns(english).length);
    }
  });

  it('has a bar for an outage, and room for it', () => {
    const [first, second] = view(held).rounds;
    assert.equal(first?.bar?.ms, 1000);
    assert.match(first?.bar?.label ?? '', /1 s: connects are refused/);
    assert.ok((second?.lengthMs ?? 0) >= 1000);
    assert.equal(view(result([round(1, [attempt(5)])])).rounds[0]?.bar, null);
  });

  it('has the end of the process, and its successor', () => {
    const crashed = round(1, [], {
      verdict: 'crashed',
      exit: { pid: 42, name: 'node', atMs: 12, code: 1, signal: null, restartedAs: { pid: 43, atMs: 80 } },
    });
    assert.deepEqual(
      view(result([crashed])).rounds[0]?.marks.map(({ kind, label }) => [kind, label]),
      [
        ['destroyed', 'Round 1, 0 ms after the destroy: 1 connection destroyed.'],
        ['exit', 'Round 1, 12 ms after the destroy: process ended with code 1, node (pid 42).'],
        ['restarted', 'Round 1, 80 ms after the destroy: started again, pid 43.'],
      ],
    );
  });

  it('counts how many of several connections came back', () => {
    const pool = (recovered: number, allRecoveredMs: number | null) =>
      round(1, [attempt(50)], {
        destroyed: 10,
        cut: 10,
        recovered,
        allRecoveredMs,
        verdict: recovered === 10 ? 'recovered' : 'partly-recovered',
      });
    const shown = (...rounds: Round[]) => {
      const { summary, rounds: views } = view(result(rounds));
      const marks = views[0]?.marks.filter(({ kind }) => kind === 'recovered') ?? [];
      return [summary[3], views[0]?.cells[4], marks[0]?.cells[4], marks[0]?.atMs, views[0]?.recoveredMs];
    };
    const [some, all] = [pool(1, null), pool(10, 80)];
    assert.deepEqual(shown(some), [
      '0 of 1, 1 of 10 connections',
      '1 of 10, 50.7 ms',
      'recovered 1 of 10',
      50.7,
      null,
    ]);
    assert.deepEqual(shown(all), [
      '1 of 1, 10 of 10 connections',
      '10 of 10, 80 ms',
      'recovered 10 of 10',
      80,
      80,
    ]);
    const none = round(1, [], { cut: 10, recovered: 0, verdict: 'gave-up' });
    assert.deepEqual(shown(none).slice(0, 2), ['0 of 1, 0 of 10 connections', '0 of 10']);
    assert.match(toCsv(done(result([some]))), /,recovered,50\.7,50\.7,,1 of 10,/);
  });

  it('has only a mark for a round that was missed', () => {
    const [missed] = view(result([round(1, [], { verdict: 'missed', destroyed: 0 })])).rounds;
    assert.deepEqual(
      missed?.marks.map(({ kind }) => kind),
      ['missed'],
    );
  });

  it('has only a mark for a round that was denied', () => {
    const [denied] = view(result([round(1, [], { verdict: 'denied', destroyed: 0 })])).rounds;
    assert.match(denied?.marks.map(({ label }) => label).join() ?? '', /denied: belongs to another user/);
  });

  it('has the attempts that were only counted, and what was lost', () => {
    const { rounds, summary } = view(storm);
    assert.deepEqual([rounds[0]?.cells[6], summary[6]], ['at least 901', 'at least 901']);
    assert.equal(
      rounds[0]?.more,
      'Of round 1 more attempts were only counted: 1 connected, 899 refused. In round 1, 7 events were lost: there may be more attempts.',
    );
  });

  it('has a summary', () => {
    assert.deepEqual(view(held).summary, [
      'pid:42 remote:127.0.0.1:6379',
      'Done',
      'refused, 1 s',
      '2 of 2',
      '101.2 ms',
      '104.2 ms',
      '4',
      'constant (95 % sure)',
      '2 recovered',
    ]);
  });

  it('leaves out and counts most attempts of a storm, and keeps the attempt that connected', () => {
    const storm = Array.from({ length: 3000 }, (_, at) => attempt(at, { result: 'refused' }));
    const [first] = view(result([round(1, [...storm, attempt(3000)])])).rounds;
    const attempts = first?.marks.filter(({ kind }) => kind === 'refused' || kind === 'connected');
    assert.equal(attempts?.length, 501);
    assert.equal(attempts?.at(-1)?.kind, 'connected');
    assert.equal(first?.more, 'Round 1 has 2,500 more attempts; exports have them all.');
    assert.equal(first?.cells[6], '3,001');
  });

  it('escapes control characters in names', () => {
    const exit = { pid: 42, name: 'a\u202eb', atMs: 1, code: null, signal: 'SIG\nX', restartedAs: null };
    const shown = JSON.stringify(
      view(result([round(1, [], { exit, message: 'c\u001b[31md' })], { target: 'process:e\u0007f' })),
    );
    assert.doesNotMatch(shown, /\p{Cc}|\p{Cf}|\\n|\\u00/u);
    assert.match(shown, /a\\\\u\{202e\}b/);
  });

  it('has a word for every kind, and a kind for every result of an attempt', () => {
    assert.equal(new Set(markKinds.map((kind) => markKindText(english, kind))).size, markKinds.length);
    for (const one of attemptResults) assert.ok(markKinds.includes(one), one);
  });
});

describe('a run in progress', () => {
  const started = (): LiveRun => {
    const live = new LiveRun(7, { ...drillParams, hold: { fault: 'refused', ms: 1000 } });
    live.take({ kind: 'destroyed', round: 1, count: 2, at: '2026-01-01T12:00:00.000Z' });
    live.take({ kind: 'held', round: 1, fault: 'refused', untilMs: 1000 });
    return live;
  };

  it('has a round from its destroy on', () => {
    const [first] = runView(english, started().run, 0).rounds;
    assert.equal(first?.marks[0]?.label, 'Round 1, 0 ms after the destroy: 2 connections destroyed.');
    assert.equal(first?.bar?.ms, 1000);
    assert.equal(first?.cells[1], 'running');
  });

  it('has an attempt once, although it is reported at its start and at its end', () => {
    const live = started();
    const pending = attempt(50, { result: 'pending', durationMs: 0 });
    assert.equal(live.take({ kind: 'attempt', round: 1, attempt: pending }), 1);
    live.take({ kind: 'attempt', round: 1, attempt: { ...pending, result: 'timed-out', durationMs: 900 } });
    live.take({ kind: 'attempt', round: 1, attempt: attempt(950) });
    const [first] = live.run.rounds;
    assert.deepEqual(
      first?.attempts.map(({ atMs, result }) => [atMs, result]),
      [
        [50, 'timed-out'],
        [950, 'connected'],
      ],
    );
    assert.equal(first?.firstAttemptMs, 50);
    assert.deepEqual(first?.gapsMs, [900]);
  });

  it('keeps an attempt that is reported before the destroy', () => {
    const live = new LiveRun(7, drillParams);
    live.take({ kind: 'attempt', round: 1, attempt: attempt(2) });
    live.take({ kind: 'destroyed', round: 1, count: 1, at: '2026-01-01T12:00:00.000Z' });
    const [first] = live.run.rounds;
    assert.deepEqual([first?.destroyed, first?.attempts.length, first?.firstAttemptMs], [1, 1, 2]);
  });

  it('replaces the round by the one that the agent reports at its end', () => {
    const live = started();
    live.take({ kind: 'attempt', round: 1, attempt: attempt(50) });
    const reported = round(1, [attempt(50), attempt(60)]);
    live.take({ kind: 'round', round: reported });
    assert.deepEqual(live.run.rounds, [reported]);
    assert.equal(live.run.summary.p50Ms, 60.7);
  });

  it('counts the time since its first destroy', () => {
    const { run } = started();
    assert.equal(runHead(english, run, Date.parse('2026-01-01T12:00:02.500Z')).elapsedMs, 2500);
    assert.equal(runHead(english, run, 0).state, 'Running: round 1 of 3');
  });

  it('ends with the result, or without one if the agent is gone', () => {
    const live = started();
    live.finish(held);
    assert.equal(live.run.state, 'done');
    assert.deepEqual(live.run.rounds, held.rounds);
    const lost = started();
    lost.break();
    assert.equal(lost.run.state, 'broken');
    assert.equal(runHead(english, lost.run, 0).elapsedMs, null);
    assert.deepEqual(toResult(lost.run).rounds, [], 'a round that has not ended is not saved');
  });
});

function only<Item>([item, ...more]: readonly Item[]): Item {
  assert.ok(item !== undefined && more.length === 0);
  return item;
}

describe('a saved run', () => {
  const counted = [
    'cut',
    'recovered',
    'allRecoveredMs',
    'lost',
    'processes',
    'startedMs',
    'attemptCount',
    'dropped',
    'incomplete',
    'more',
  ] as const;
  const saved = JSON.stringify({ schema: 1, ...held });
  const changed = (change: (drill: Record<string, unknown>) => void) => {
    const drill = JSON.parse(saved);
    change(drill);
    return readRuns(JSON.stringify(drill));
  };

  it('is the same after writing and reading', () => {
    const read = readRuns(saved);
    assert.ok(read.ok);
    const read2 = readRuns(JSON.stringify({ schema: 1, ...storm }));
    assert.deepEqual(read2.ok && toResult(fromResult(1, only(read2.runs).result, 'done', null)), storm);
    const run = fromResult(1, only(read.runs).result, 'done', null);
    assert.deepEqual(toResult(run), held);
    assert.deepEqual(runView(english, run, 0), view(held));
  });

  it('may have unknown fields, or no field for the outage', () => {
    assert.ok(changed((drill) => Object.assign(drill, { later: 1 })).ok);
    const read = changed((drill) => delete drill.hold);
    assert.ok(read.ok);
    assert.equal(only(read.runs).result.hold, null);
    const uncounted = changed((drill) => {
      for (const one of drill.rounds as Partial<Round>[])
        for (const key of counted) delete (one as never)[key];
    });
    assert.ok(uncounted.ok);
    const { result: old } = only(uncounted.runs);
    assert.equal(old.rounds[0]?.allRecoveredMs, 1100.7);
    assert.deepEqual(view(old).summary, view(held).summary);
  });

  it('may be the report of a scenario, whose drills are runs by the names of their steps', () => {
    const step = (number: number, drill: DrillResult | null): Omit<StepResult, 'error'> => ({
      loop: 2,
      step: number,
      kind: drill ? 'outage' : 'wait',
      name: 'down',
      outcome: 'passed',
      message: '',
      failures: [],
      drill,
      degrade: null,
      durationMs: 5,
    });
    const report = (...steps: object[]) => readRuns(JSON.stringify({ schema: 1, passed: true, steps }));
    const interrupted = step(4, { ...held, rounds: [], cancelled: true });
    const read = report(step(1, null), step(2, held), step(3, storm), interrupted);
    assert.deepEqual(read.ok && read.runs, [
      { result: held, step: '2.2 down' },
      { result: storm, step: '2.3 down' },
    ]);
    assert.deepEqual(report(step(1, null)), { ok: false, reason: 'it has no drill' });
    assert.equal(report({ ...step(1, held), drill: { ...held, rounds: 7 } }).ok, false);
  });

  for (const [what, reason, text] of [
    ['no JSON', /not JSON/, '{'],
    ['JSON of something else', /schema/, '{}'],
    ['another schema', /schema/, JSON.stringify({ ...held, schema: 2 })],
    ['without a round', /rounds/, JSON.stringify({ ...held, schema: 1, rounds: [] })],
    ['a list', /schema/, '[]'],
  ] as const)
    it(`is rejected if it is ${what}`, () => {
      const read = readRuns(text);
      assert.equal(read.ok, false);
      assert.match(read.ok ? '' : read.reason, reason);
    });

  for (const [what, value] of [
    ['a date', { startedAt: 'yesterday' }],
    ['a time', { recoveredMs: 1e300 }],
    ['a verdict', { verdict: '<img>' }],
    ['a count', { destroyed: -1 }],
    ['a share', { recovered: -1 }],
    ['attempts', { attempts: [{ atMs: '1' }] }],
    ['a long message', { message: 'x'.repeat(10_000) }],
  ] as const)
    it(`is rejected with ${what} that is impossible`, () => {
      const read = changed((drill) => Object.assign((drill.rounds as object[])[0] ?? {}, value));
      assert.equal(read.ok, false);
      assert.match(read.ok ? '' : read.reason, /^rounds\.0\./);
    });
});

describe('a run as CSV', () => {
  const lines = (run: Run) => toCsv(run).split('\r\n');

  it('has a line for each event, with all numbers', () => {
    const [head, ...rest] = lines(done(held));
    assert.equal(
      head,
      'target,round,round_started_at,event,since_start_ms,since_destroy_ms,duration_ms,result,address,port,pid,by_outage,text',
    );
    assert.equal(rest.length, 8 + 6 + 1, 'ends with a line break');
    assert.equal(rest[1], `${held.target},1,2026-01-01T12:00:00.000Z,held,0,0,1000,refused,,,,,`);
    assert.equal(
      rest[10],
      `${held.target},2,2026-01-01T12:00:05.000Z,attempt,5101.2,101.2,0.7,connected,127.0.0.1,6379,42,false,`,
    );
  });

  it('has a line for each result of counted attempts, and one for what was lost', () => {
    const counted = lines(done(storm)).map((line) => line.split(',').slice(3));
    assert.deepEqual(
      counted.filter(([event]) => event === 'attempts' || event === 'lost').map((cells) => cells.join()),
      [
        'attempts,2,2,1998,connected,127.0.0.1,6379,42,,1',
        'attempts,2,2,1998,refused,127.0.0.1,6379,42,,899',
        'lost,2001.5,2001.5,,7,,,,,',
      ],
    );
  });

  it('quotes text, and has no formula', () => {
    const drill = result([round(1, [], { message: 'a "b", c' })], { target: '=HYPERLINK("x")' });
    const all = toCsv(done(drill));
    assert.match(all, /"a ""b"", c"/);
    assert.match(all, /"'=HYPERLINK\(""x""\)"/);
    assert.doesNotMatch(all, /^=/m);
  });
});

describe('the page', () => {
  const html = pageHtml(english, {
    language: 'en',
    script: 'https://x/dist/timeline.js',
    style: 'https://x/dist/timeline.css',
    cspSource: 'https://x',
    nonce: 'abc',
  });

  it('runs one script, by its nonce, and loads nothing else', () => {
    assert.match(html, /content="default-src 'none'; style-src https:\/\/x; script-src 'nonce-abc'"/);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.doesNotMatch(html, /unsafe|\sstyle=|\son[a-z]+=/);
  });

  it('may send only the messages of its buttons', () => {
    assert.deepEqual(readMessage({ kind: 'export', run: 1, format: 'csv' }), {
      kind: 'export',
      run: 1,
      format: 'csv',
    });
    for (const wrong of [
      null,
      'ready',
      { kind: 'delete' },
      { kind: 'export', run: 1, format: 'sh' },
      { kind: 'stop', run: 0.5 },
      { kind: 'open', path: '/etc/passwd' },
      { kind: 'image', run: 1, png: 'aGVsbG8=' },
    ])
      assert.equal(readMessage(wrong), null, JSON.stringify(wrong));
  });
});

describe('points of time', () => {
  it('on the axis are exact for round numbers', () => {
    assert.deepEqual([0, 5, 0.1, 1500, 120_000, 4_930_500, 4_925_000].map(formatTick), [
      '0',
      '5 ms',
      '0.1 ms',
      '1.5 s',
      '2 min',
      '82:10.5',
      '82:05',
    ]);
  });
});

describe('two runs', () => {
  it('are compared by the numbers of their summaries', () => {
    const fast = runHead(english, done(result([round(1, [attempt(100)])])), 0);
    const more = { p50Ms: 1301.2, p95Ms: 104.2 };
    const one = result([round(1, [attempt(100), attempt(1300)])]);
    const slow = runHead(english, done({ ...one, summary: { ...one.summary, ...more } }), 0);
    const labels = summaryLabels(english);
    assert.equal(fast.numbers.length, labels.length);
    const differences = labels.flatMap((label, place) => {
      const text = differenceText(fast.numbers[place], slow.numbers[place]);
      return text === '' ? [] : [[label, text]];
    });
    assert.deepEqual(differences, [
      ['Recovered', '0'],
      ['Time to recover, p50', '+1.2 s'],
      ['Time to recover, p95', '0 ms'],
      ['Attempts', '+1'],
    ]);
    assert.equal(differenceText({ value: 5000, unit: 'ms' }, { value: 4800, unit: 'ms' }), '-200 ms');
  });
});
