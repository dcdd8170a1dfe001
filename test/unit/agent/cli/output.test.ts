import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { printJson, printJsonRows, printTable } from '../../../../agent/cli/output';
import { jsonText } from '../../../../agent/protocol';
import { socket } from '../../../helpers/sockets';

/** What is written meanwhile. */
async function written(context: TestContext, print: () => void | Promise<void>): Promise<string[]> {
  const texts: string[] = [];
  const write = context.mock.method(
    process.stdout,
    'write',
    (text: string | Buffer) => texts.push(String(text)) > 0,
  );
  try {
    await print();
  } finally {
    write.mock.restore();
  }
  return texts;
}

it('a table is whole on a terminal that is narrower', async (context) => {
  const { isTTY, columns } = process.stdout;
  Object.assign(process.stdout, { isTTY: true, columns: 12 });
  try {
    const print = () => printTable(['BIND', 'PLAIN'], [['0.0.0.0', 'works\n']]);
    assert.equal((await written(context, print)).join(''), 'BIND     PLAIN\n0.0.0.0  works\\u{a}\n');
  } finally {
    Object.assign(process.stdout, { isTTY, columns });
  }
});

describe('JSON with rows', () => {
  it('is the same as in one piece, to the byte', async (context) => {
    const hostile = '\u001b\u009b\u202e"\\é✓😀';
    const rows = Array.from({ length: 5 }, (_, pid) =>
      socket('127.0.0.1:3000', '[::1]:4000', {
        owners: [{ pid, startTime: '1', fd: 3, name: hostile, command: `node ${hostile}` }],
      }),
    );
    const text = (some: readonly object[]) => Buffer.from(some.map((each) => jsonText(each)).join());
    for (const parts of [[[]], [rows.slice(0, 1)], [rows.slice(0, 2), rows.slice(2)]]) {
      const rest = { namespaces: [{ name: hostile }], leftOut: { sockets: 0, owners: 0 } };
      async function* come() {
        for (const part of parts) yield text(part);
      }
      const pieces = await written(context, () => printJsonRows('sockets', come(), rest));
      const whole = await written(context, () => printJson({ sockets: parts.flat(), ...rest }));
      assert.equal(pieces.join(''), whole.join(''));
      assert.equal(pieces.length, 2 * parts.length + 1);
    }
  });
});
