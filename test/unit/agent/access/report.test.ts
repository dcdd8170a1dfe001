import assert from 'node:assert/strict';
import { it } from 'node:test';
import { reportTo } from '../../../../agent/access/report';
import type { DestroyedSocket } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';

it('prints a sentence a person reads, whatever the name of the process', () => {
  const lines: string[] = [];
  const caller = { method: 'sockets/destroy', client: { uid: 1000, pid: 99 } };
  const result: DestroyedSocket = {
    ...socket('127.0.0.1:40000', '127.0.0.1:5432'),
    outcome: 'destroyed',
    engine: 'bpf',
    errno: null,
    message: 'Destroyed 127.0.0.1:40000 -> 127.0.0.1:5432. a\x1b[2J\n (pid 42) is still running',
  };
  reportTo(
    (line) => lines.push(line),
    () => new Date(2026, 0, 1, 4, 3, 22),
  )(caller, [result]);
  assert.deepEqual(lines, [
    '04:03:22 Destroyed 127.0.0.1:40000 -> 127.0.0.1:5432. a\\u{1b}[2J\\u{a} (pid 42) is still running (asked by pid 99)\n',
  ]);
});

it('sums up many denials of one request', () => {
  const lines: string[] = [];
  const denied = Array.from({ length: 100 }, () => ({
    outcome: 'denied' as const,
    message: 'It belongs to another user',
  }));
  const caller = { method: 'sockets/destroy', client: { uid: 1000, pid: 99 } };
  reportTo((line) => lines.push(line.slice(9)))(caller, denied);
  assert.deepEqual(lines, [
    ...Array(3).fill('It belongs to another user (asked by pid 99)\n'),
    '97 more belong to others, or cannot be identified as yours (asked by pid 99)\n',
  ]);
});
