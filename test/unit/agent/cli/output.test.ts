import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { printJson, printJsonRows, printTable } from '../../../../agent/cli/output';
import { jsonText } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';

/** What is written meanwhile. */
function written(context: TestContext, print: () => void): string[] {
  const texts: string[] = [];
  const write = context.mock.method(
    process.stdout,
    'write',
    (text: string | Buffer) => texts.push(String(text)) > 0,
  );
  try {
    print();
  } finally {
    write.mock.restore();
  }
  return texts;
}

it('a table is whole on a terminal that is narrower', (context) => {
  const { isTTY, columns } = process.stdout;
  Object.assign(process.stdout, { isTTY: true, columns: 12 });
  try {
    const print = () => printTable(['BIND', 'PLAIN'], [['0.0.0.0', 'works\n']]);
    assert.equal(written(context, print).join(''), 'BIND     PLAIN\n0.0.0.0  works\\u{a}\n');
  } finally {
    Object.assign(process.stdout, { isTTY, columns });
  }
});

describe('JSON with rows', () => {
  it('is the same as in one piece, to the byte, and is never one string', (context) => {
    const hostile = '\u001b\u009b\u202e"\\é✓😀';
    const rows = Array.from({ length: 500 }, (_, pid) =>
      socket('127.0.0.1:3000', '[::1]:4000', {
        owners: [{ pid, startTime: '1', fd: 3, name: hostile, command: `node ${hostile}` }],
      }),
    );
    for (const sockets of [[], rows.slice(0, 1), rows]) {
      const rest = { namespaces: [{ name: hostile }], leftOut: { sockets: 0, owners: 0 } };
      const pieces = written(context, () =>
        printJsonRows(
          'sockets',
          sockets.map((each) => jsonText(each)),
          rest,
        ),
      );
      const whole = written(context, () => printJson({ sockets, ...rest }));
      assert.equal(pieces.join(''), whole.join(''));
      assert.ok(pieces.every(({ length }) => length < 100_000));
    }
  });
});
