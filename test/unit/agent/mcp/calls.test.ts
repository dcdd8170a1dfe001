/** Calls of tools that only count, without a client. */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ServerContext } from '@modelcontextprotocol/server';
import * as v from 'valibot';
import { type ToolHost, tool } from '../../../../agent/client/tools/tool';
import { Calls } from '../../../../agent/mcp/calls';

const calls = () =>
  new Calls({} as ToolHost, {
    allowDestructive: true,
    asksNothing: true,
    commandLines: false,
    words: (text) => text,
  });
const texts = { title: 'Test', description: '', input: v.strictObject({}) };
const noClient = { capabilities: () => undefined };
const contextOf = (signal: AbortSignal) =>
  ({ mcpReq: { requestState: () => undefined, signal } }) as unknown as ServerContext;

it('only some of many calls run at once, and all are answered', async () => {
  let running = 0;
  let most = 0;
  const slow = tool({
    ...texts,
    name: 'slow',
    access: 'see',
    async run() {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return { message: 'done', details: {} };
    },
  });
  const one = calls();
  const context = contextOf(new AbortController().signal);
  const answers = await Promise.all(Array.from({ length: 20 }, () => one.call(slow, {}, context, noClient)));
  assert.deepEqual([answers.length, most], [20, 4]);
});

it('a call that was cancelled while it planned does nothing', async () => {
  const cancelled = new AbortController();
  let acted = false;
  const acting = tool({
    ...texts,
    name: 'act',
    access: 'act',
    async run() {
      cancelled.abort();
      return {
        question: '?',
        async act() {
          acted = true;
          return { message: '', details: {} };
        },
      };
    },
  });
  const { isError } = await calls().call(acting, {}, contextOf(cancelled.signal), noClient);
  assert.deepEqual([isError, acted], [true, false]);
});
