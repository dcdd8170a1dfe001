import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { printTable } from '../../../../agent/cli/output';

/** The lines that are printed on a terminal of that many columns. */
function printed(context: TestContext, columns: number): string[] {
  const { isTTY, columns: before } = process.stdout;
  const lines: string[] = [];
  const write = context.mock.method(process.stdout, 'write', (text: string) => lines.push(text) > 0);
  Object.assign(process.stdout, { isTTY: true, columns });
  try {
    printTable(['BIND', 'PLAIN'], [['0.0.0.0', 'works\n']]);
  } finally {
    write.mock.restore();
    Object.assign(process.stdout, { isTTY, columns: before });
  }
  return lines;
}

describe('a table on a terminal', () => {
  it('cuts lines at the width of the terminal', (context) =>
    assert.deepEqual(printed(context, 12), ['BIND     PL…\n', '0.0.0.0  wo…\n']));

  it('is not cut if the terminal has no size', (context) =>
    assert.deepEqual(printed(context, 0), ['BIND     PLAIN\n', '0.0.0.0  works\\u{a}\n']));
});
