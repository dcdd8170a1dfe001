import type { SockscopeMatchers } from 'sockscope/client';

/** In each file of tests, this has been done where Jest has its globals. `expect`: that of `@jest/globals`. */
export declare function extend(expect: { extend(matchers: object): void }): void;

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: as @types/jest declares it
    interface Matchers<R, T = {}> extends SockscopeMatchers {}
  }
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends SockscopeMatchers {}
}
