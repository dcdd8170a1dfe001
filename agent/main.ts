/** The agent: `serve` (root, one user's clients), `observe` (no privileges), `direct` (root, one call). */

import { parseServeArguments, UsageError } from './common/serve-arguments';
import { serve } from './server/serve';
import { direct, observe } from './server/stdio';
import { StartRefused } from './system/root-folder';
import { useNonBlockingStandardError } from './system/standard-error';

async function run([mode, ...words]: string[]): Promise<number> {
  switch (mode) {
    case 'serve':
      return serve(parseServeArguments(words));
    case 'observe':
      return observe();
    case 'direct':
      return direct();
    default:
      throw new UsageError(`The agent is started as serve, observe or direct, not as "${mode ?? ''}"`);
  }
}

useNonBlockingStandardError();

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const expected = error instanceof StartRefused || error instanceof UsageError;
    console.error(expected ? error.message : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
