/** The agent: `serve` (root, one user's clients), `observe` (no privileges), `direct` (root, one call). */

import { parseServeArguments, UsageError } from './common/serve-arguments';
import { serve } from './server/serve';
import { direct, observe } from './server/stdio';
import { StartRefused } from './system/root-folder';

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

// A terminal that has gone must not end the agent in the middle of something.
process.stderr.on('error', () => {});

run(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const expected = error instanceof StartRefused || error instanceof UsageError;
    console.error(expected ? error.message : error);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
