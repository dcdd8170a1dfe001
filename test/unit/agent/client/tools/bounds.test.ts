import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitting, readable, sentences } from '../../../../../agent/client/tools/bounds';

describe('answers of tools', () => {
  it('have so many rows, and count the others', () => {
    assert.deepEqual(fitting([1, 2, 3], 2), { shown: [1, 2], more: 1 });
    assert.deepEqual(fitting([1, 2, 3], 3, 10), { shown: [1, 2, 3], more: 7 });
  });

  it('have fewer rows where these are long', () => {
    const row = { pid: 1, command: 'x'.repeat(10_000) };
    const { shown, more } = fitting(Array(200).fill(row), 200);
    assert.ok(shown.length >= 50 && shown.length < 120, String(shown.length));
    assert.equal(shown.length + more, 200);
  });

  it('have no character that misleads, at any depth', () => {
    const given = {
      message: 'a\u202eb',
      rows: [{ pid: 1, name: '\u001b[31m', folders: ['\u0085'] }],
      none: null,
    };
    assert.deepEqual(readable(given), {
      message: 'a\\u{202e}b',
      rows: [{ pid: 1, name: '\\u{1b}[31m', folders: ['\\u{85}'] }],
      none: null,
    });
  });

  it('are cut between characters', () => {
    for (const prefix of ['', 'x']) {
      const { command } = readable({ pid: 1, command: prefix + '😀'.repeat(300) }) as { command: string };
      assert.equal(Buffer.from(command).toString(), command);
      assert.ok(command.length >= 299 && command.length <= 300);
    }
  });

  it('have commands of the place in sentences, and the own words of a process', () => {
    const words = (text: string) => text.replace('sockscope', '/usr/bin/sockscope');
    assert.deepEqual(readable({ next: 'sockscope free', of: { pid: 1, command: 'sockscope mcp' } }, words), {
      next: '/usr/bin/sockscope free',
      of: { pid: 1, command: 'sockscope mcp' },
    });
  });

  it('are whole sentences', () => {
    assert.equal(sentences(['One', null, 'two.', '', 'Three?']), 'One. two. Three?');
  });
});
