/** `sockscope/jest`: a file for `setupFilesAfterEnv`. */

import { matchers } from '../matchers';

/** Jest's, in each file of tests; with `injectGlobals: false`, pass its `expect` to extend(). */
interface Expect {
  extend(added: typeof matchers): void;
}

export function extend(expect: Expect): void {
  expect.extend(matchers);
}

const { expect } = globalThis as { readonly expect?: Expect };
if (expect) extend(expect);
