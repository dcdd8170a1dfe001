/** The file of a scenario: no text does more than be refused, with a place that is in it. */

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readScenario } from '../../agent/client/scenario/read-scenario';
import { fuzz } from './fuzz';

const pieces = fc.constantFrom(
  ...['steps:', 'name:', 'loops:', 'wait:', 'destroy:', 'outage:', 'drill:', 'expect:', 'filter:', 'for:'],
  ...['times:', 'timeout:', 'recovered-within:', 'no-leak:', '__proto__:', 'constructor:', '<<:', '? ', ': '],
  ...[
    '\n',
    '\n  ',
    '\n    ',
    '\n  - ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    ' ',
    '\t',
    '#',
    '|',
    '>',
    '---\n',
    '...\n',
  ],
  ...['"remote:1"', 'pid:1', 'true', 'null', '3', '0.5', '1e999', '0x', '5s', '1h', 'soon', "'", '"'],
  ...['&a ', '*a', '*a,*a,*a', '!!js ', '!!binary ', '%YAML 1.1\n', '\r\n', '\u{feff}', '\u2028'],
);

const texts = fc
  .array(fc.oneof({ weight: 6, arbitrary: pieces }, fc.string({ unit: 'binary', maxLength: 5 })), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''));

const step = fc
  .tuple(pieces, texts)
  .map(([kind, text]) => `steps:\n  - ${kind} { filter: "pid:1", ${text} }\n`);

fuzz('a scenario is read, or refused with places in its text', fc.oneof(texts, step), (text) => {
  const read = readScenario(text);
  if (read.ok) {
    assert.ok(read.scenario.steps.length > 0 && read.scenario.loops >= 1);
    return;
  }
  assert.ok(read.mistakes.length > 0);
  const lines = text.split('\n');
  for (const { line, column, message } of read.mistakes) {
    assert.ok(line >= 1 && line <= lines.length, `line ${line} of ${lines.length}`);
    assert.ok(column >= 1 && column <= (lines[line - 1] ?? '').length + 1, `${line}:${column}`);
    assert.ok(message.length > 0);
  }
});
