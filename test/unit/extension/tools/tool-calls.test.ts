/** What is agreed to is what is done: without a socket, on tools that only count. */

import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import * as v from 'valibot';
import { CancellationToken } from 'vscode-jsonrpc';
import { type ToolHost, tool } from '../../../../agent/client/tools/tool';
import { ToolCalls } from '../../../../extension/tools/tool-calls';

describe('calls of tools by the editor', () => {
  let acted: string[];
  let asked: string[];
  let planned: number;
  let calls: ToolCalls;
  beforeEach(() => {
    acted = [];
    asked = [];
    planned = 0;
    calls = new ToolCalls({} as ToolHost, () => ({ words: (text) => text, commandLines: false }));
  });

  const input = v.strictObject({ name: v.string() });
  const texts = { title: 'Test', description: '' };
  const seeing = tool({
    ...texts,
    name: 'see',
    input,
    access: 'see',
    run: async (_, { name }) => ({ message: `saw ${name}`, details: {} }),
  });
  const acting = tool({
    ...texts,
    name: 'act',
    input,
    access: 'act',
    run: async (_, { name }) => {
      const plan = `${name}, plan ${++planned}`;
      return {
        question: `Do ${plan}?`,
        act: async () => {
          acted.push(plan);
          return { message: `did ${plan}`, details: {} };
        },
      };
    },
  });
  const ask = (says: boolean) => async (question: string) => {
    asked.push(question);
    return says;
  };
  const invoke = async (one: typeof seeing, name: string, says = false) =>
    JSON.parse(await calls.invoke(one, { name }, CancellationToken.None, ask(says)));

  it('answer at once where nothing is done', async () => {
    assert.equal(await calls.prepare(seeing, { name: 'x' }), null);
    assert.deepEqual(await invoke(seeing, 'x'), { message: 'saw x' });
    assert.deepEqual(asked, []);
  });

  it('do what was prepared, once, without another question', async () => {
    assert.equal(await calls.prepare(acting, { name: 'x' }), 'Do x, plan 1?');
    assert.deepEqual(acted, []);
    assert.deepEqual(await invoke(acting, 'x'), { message: 'did x, plan 1' });
    assert.deepEqual([acted, asked], [['x, plan 1'], []]);
    assert.equal((await invoke(acting, 'x')).failed, true);
    assert.deepEqual([acted, asked], [['x, plan 1'], ['Do x, plan 2?']]);
  });

  it('ask about what was not prepared, and do nothing without a yes', async () => {
    await calls.prepare(acting, { name: 'other' });
    const refused = await invoke(acting, 'x');
    assert.deepEqual([refused.failed, acted], [true, []]);
    assert.equal((await invoke(acting, 'x', true)).message, 'did x, plan 3');
    assert.deepEqual(asked, ['Do x, plan 2?', 'Do x, plan 3?']);
  });

  it('ask again where a yes may be to another question of the same call', async () => {
    await calls.prepare(acting, { name: 'x' });
    await calls.prepare(acting, { name: 'x' });
    assert.equal((await invoke(acting, 'x')).failed, true);
    assert.equal((await invoke(acting, 'x', true)).message, 'did x, plan 4');
    assert.deepEqual([acted, asked], [['x, plan 4'], ['Do x, plan 3?', 'Do x, plan 4?']]);
  });

  it('do the newest of plans that ask the same', async () => {
    const done: number[] = [];
    const same = tool({
      ...texts,
      name: 'same',
      input,
      access: 'act',
      async run() {
        const plan = ++planned;
        return {
          question: `Do it, after ${plan} s?`,
          about: 'it',
          act: async () => ({ message: `${done.push(plan)}`, details: {} }),
        };
      },
    });
    await calls.prepare(same, { name: 'x' });
    await calls.prepare(same, { name: 'x' });
    await invoke(same, 'x');
    assert.deepEqual([done, asked], [[2], []]);
  });

  it('name a mistake in the input', async () => {
    for (const wrong of [{}, { name: 1 }, { name: 'x', more: true }])
      await assert.rejects(calls.prepare(acting, wrong), /name|more/);
    assert.equal(planned, 0);
  });
});
