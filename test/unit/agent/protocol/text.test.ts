import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  formatDuration,
  jsonText,
  nearest,
  nearestText,
  parseDuration,
  visibleText,
} from '../../../../agent/protocol';

it('control and bidi characters are escaped', () => {
  assert.equal(visibleText('node server.js é 日本'), 'node server.js é 日本');
  assert.equal(visibleText('a\u001b[31mred'), 'a\\u{1b}[31mred');
  assert.equal(visibleText('two\nlines\r\ttab'), 'two\\u{a}lines\\u{d}\\u{9}tab');
  assert.equal(visibleText('\u202egnp.exe'), '\\u{202e}gnp.exe');
  assert.equal(visibleText('zero\u200bwidth\u2028\u009b'), 'zero\\u{200b}width\\u{2028}\\u{9b}');
  assert.equal(visibleText('a\u3164b\ufe00\u{e0121}'), 'a\\u{3164}b\\u{fe00}\\u{e0121}');
});

it('durations', () => {
  for (const [text, ms] of [
    ['500ms', 500],
    ['10s', 10_000],
    ['2m', 120_000],
    ['1.5s', 1500],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ] as const)
    assert.equal(parseDuration(text), ms);
  for (const text of ['', '10', 's', '-1s', '1w', '1 s', '10S', 'Infinitys'])
    assert.equal(parseDuration(text), null);
  for (const text of ['500ms', '1500ms', '10s', '90m', '1h', '7d'])
    assert.equal(formatDuration(Number(parseDuration(text))), text);
});

it('the nearest word', () => {
  assert.equal(nearest('estab', ['listen', 'established']), 'established');
  assert.equal(nearest('tpc', ['tcp', 'udp']), 'tcp');
  assert.equal(nearest('kil', ['TERM', 'KILL']), 'KILL');
});

it('no word is nearest where none is near', () => {
  const verbs = ['list', 'inspect', 'destroy', 'why', 'free', 'drill'];
  for (const typed of ['xyz', 'x', 'frobnicate', 'show', '']) assert.equal(nearest(typed, verbs), undefined);
  assert.equal(nearestText('show', ['a', 'b']), ' (known: a, b)');
  assert.equal(nearestText('lst', ['list'], ':'), ': the nearest is list: (known: list)');
});

/** CSI of C1, DEL, a bidi override, a zero-width space, a tag beyond 16 bits, and an ordinary control. */
const hostile = 'a\u009b31m\u007f\u202e\u200b\u{e0041}\u001b[31mé😀';

it('JSON has every character, and none that controls a terminal', () => {
  const text = jsonText({ name: hostile, [hostile]: [hostile] });
  assert.deepEqual(JSON.parse(text), { name: hostile, [hostile]: [hostile] });
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u);
  assert.match(text, /\\u009b31m.*é😀/);
  assert.doesNotMatch(visibleText(hostile), /[\p{Cc}\p{Cf}]/u);
});
