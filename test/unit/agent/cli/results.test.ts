import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { printResults } from '../../../../agent/cli/results';
import type { DestroyedSocket } from '../../../../agent/protocol';

function results(outcome: DestroyedSocket['outcome'], count: number): DestroyedSocket[] {
  return Array.from({ length: count }, (_, index) => ({
    netns: 1,
    cookie: `${outcome} ${index}`,
    protocol: 'tcp',
    local: { address: '127.0.0.1', port: 40_000 + index },
    remote: { address: '127.0.0.1', port: 5432 },
    outcome,
    engine: null,
    errno: null,
    message: `the message of ${index}`,
  }));
}

describe('results of a destroy', () => {
  it('are a line each, but many denials are summed up', (context) => {
    const lines: string[] = [];
    const write = context.mock.method(process.stdout, 'write', (text: string) => lines.push(text) > 0);
    printResults([...results('denied', 100), ...results('destroyed', 5)]);
    write.mock.restore();
    assert.deepEqual(lines, [
      ...[0, 1, 2].map((index) => `denied      the message of ${index}\n`),
      ...[0, 1, 2, 3, 4].map((index) => `destroyed   the message of ${index}\n`),
      'denied      97 more belong to others, or cannot be identified as yours: --json has each\n',
    ]);
  });
});
