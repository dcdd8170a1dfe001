/** `sockscope/vitest`: its matchers, and a connection to the agent as a fixture. */

import { test as base, expect } from 'vitest';
import { connect, type Sockscope } from '../../library';
import { matchers } from '../matchers';

expect.extend(matchers);

export const test = base.extend<{ sockscope: Sockscope }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which fixtures it needs
  sockscope: async ({}, use) => {
    const sockscope = await connect();
    try {
      await use(sockscope);
    } finally {
      sockscope.close();
    }
  },
});

export { expect };
