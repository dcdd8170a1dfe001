import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OpenQuestions } from '../../../../agent/mcp/open-questions';

describe('open questions', () => {
  const proposal = (question: string) => ({
    question,
    act: async () => ({ message: question, details: {} }),
  });

  it('are answered once, by their own word', () => {
    const open = new OpenQuestions();
    const words = [open.add(proposal('first')), open.add(proposal('second'))];
    assert.notEqual(words[0], words[1]);
    assert.equal(open.take('first'), null);
    assert.equal(open.take(words[0] ?? '')?.question, 'first');
    assert.equal(open.take(words[0] ?? ''), null);
    assert.equal(open.take(words[1] ?? '')?.question, 'second');
  });

  it('are forgotten when there are too many, the oldest first', () => {
    const open = new OpenQuestions();
    const words = Array.from({ length: 40 }, (_, number) => open.add(proposal(String(number))));
    const known = words.map((word) => open.take(word)?.question).filter((one) => one !== undefined);
    assert.deepEqual([known[0], known.length], ['8', 32]);
  });
});
