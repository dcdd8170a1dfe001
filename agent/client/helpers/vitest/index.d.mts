import type { Sockscope, SockscopeMatchers } from 'sockscope/client';
import type { TestAPI } from 'vitest';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as Vitest declares it
  interface Matchers<T = any> extends SockscopeMatchers {}
}

/** With the fixture `sockscope`: a connection to the user's agent, closed after the test. */
export declare const test: TestAPI<{ sockscope: Sockscope }>;
export { expect } from 'vitest';
