import assert from 'node:assert/strict';
import { it } from 'node:test';
import { reportTo } from '../../../../agent/access/report';

it('prints a sentence a person reads, whatever the name of the process', () => {
  const lines: string[] = [];
  const caller = { method: 'sockets/destroy', client: { uid: 1000, pid: 99 } };
  const text = 'Destroyed 127.0.0.1:40000 -> 127.0.0.1:5432. a\x1b[2J\n (pid 42) is still running';
  reportTo(
    (line) => lines.push(line),
    () => new Date(2026, 0, 1, 4, 3, 22),
  )(caller, [{ outcome: 'destroyed' }], () => text);
  assert.deepEqual(lines, [
    '04:03:22 Destroyed 127.0.0.1:40000 -> 127.0.0.1:5432. a\\u{1b}[2J\\u{a} (pid 42) is still running (asked by pid 99)\n',
  ]);
});

it('sums up many denials of one request', () => {
  const lines: string[] = [];
  const denied = Array.from({ length: 100 }, () => ({ outcome: 'denied' as const }));
  const caller = { method: 'sockets/destroy', client: { uid: 1000, pid: 99 } };
  reportTo((line) => lines.push(line.slice(9)))(caller, denied, () => 'It belongs to another user');
  assert.deepEqual(lines, [
    ...Array(3).fill('It belongs to another user (asked by pid 99)\n'),
    '97 more belong to others, or cannot be identified as yours (asked by pid 99)\n',
  ]);
});

it('prints the first results of many, and counts the others', () => {
  const lines: string[] = [];
  const results = Array.from({ length: 30 }, (_, at) => ({
    outcome: at < 28 ? ('destroyed' as const) : ('gone' as const),
  }));
  const caller = { method: 'sockets/destroy', client: { uid: 1000, pid: 99 } };
  reportTo((line) => lines.push(line.slice(9)))(caller, results, (index) => `Destroyed ${index}`);
  assert.equal(lines.length, 21);
  assert.equal(lines[19], 'Destroyed 19 (asked by pid 99)\n');
  assert.equal(lines[20], '10 more: 8 destroyed, 2 gone (asked by pid 99)\n');
});
