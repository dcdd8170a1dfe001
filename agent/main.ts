/**
 * The agent: `serve` (root, one user's clients), `observe` (no privileges), `direct` (root, one call). The last two are also
 * exported, for the command line.
 */

import { AddonError } from './common/addon-error';
import { withoutWatching } from './common/direct-arguments';
import type { AgentProgram } from './common/in-process';
import { closeInherited } from './common/inherited-descriptors';
import { missingProc } from './common/missing-proc';
import { parseServeArguments } from './common/serve-arguments';
import { UsageError } from './common/usage-error';
import { StartRefused } from './system/root-folder';
import { leaveTerminals, useNonBlockingStandardError } from './system/standard-error';

/** The server's rooms load the addon: they are imported late, so that a missing addon is an error of this function. */
async function run([mode, ...words]: string[]): Promise<number> {
  switch (mode) {
    case 'serve': {
      const options = parseServeArguments(words);
      requireProc();
      const forked = (await import('./server/fork')).forkForUser(options);
      return (await import('./server/serve')).serve(options, forked);
    }
    case 'observe':
      requireProc();
      return (await import('./server/stdio')).observe();
    case 'direct': {
      requireProc();
      const forked = (await import('./server/fork')).forkForCommand(!words.includes(withoutWatching));
      return (await import('./server/stdio')).direct(forked);
    }
    default:
      throw new UsageError(`The agent is started as serve, observe or direct, not as "${mode ?? ''}"`);
  }
}

/** Throws StartRefused. */
function requireProc(): void {
  const missing = missingProc();
  if (missing !== null) throw new StartRefused(missing);
}

/** `inWords`: commands in texts as they can be run. */
function main(words: string[], inWords = (text: string) => text): void {
  closeInherited();
  useNonBlockingStandardError();
  process.on('exit', leaveTerminals);

  run(words).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const expected = [AddonError, StartRefused, UsageError].some((kind) => error instanceof kind);
      console.error(expected ? inWords((error as Error).message) : error);
      process.exit(error instanceof UsageError ? 2 : 1);
    },
  );
}

export const { runAgent, observeInProcess, directInProcess }: AgentProgram = {
  runAgent: main,
  async observeInProcess() {
    requireProc();
    return (await import('./server/in-process')).observe();
  },
  async directInProcess() {
    requireProc();
    const forked = (await import('./server/fork')).forkForCommand(false);
    return (await import('./server/in-process')).direct(forked);
  },
};

if (require.main === module) main(process.argv.slice(2));
