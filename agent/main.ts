/** The agent: `serve` (root, one user's clients), `observe` (no privileges), `direct` (root, one call). */

import { AddonError } from './common/addon-error';
import { withoutWatching } from './common/direct-arguments';
import type { AgentProgram } from './common/in-process';
import { closeInherited } from './common/inherited-descriptors';
import { parseServeArguments } from './common/serve-arguments';
import { StartExit } from './common/start-exit';
import { UsageError } from './common/usage-error';
import { requireProc } from './system/require-proc';
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
      const forked = (await import('./server/fork')).forkForCommand({
        watches: !words.includes(withoutWatching),
      });
      return (await import('./server/stdio')).direct(forked);
    }
    default:
      throw new UsageError(`The agent is started as serve, observe or direct, not as "${mode ?? ''}"`);
  }
}

/** `inWords`: commands in texts as they can be run. */
function main(words: string[], inWords = (text: string) => text): void {
  closeInherited();
  useNonBlockingStandardError();
  process.on('exit', leaveTerminals);

  run(words).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const code = exitCodeOf(error);
      console.error(code === null ? error : inWords((error as Error).message));
      process.exit(code ?? StartExit.refused);
    },
  );
}

/** Null: the error is a bug, or the system's, and its stack says more than its message. */
function exitCodeOf(error: unknown): StartExit | null {
  if (error instanceof UsageError) return StartExit.usage;
  return error instanceof AddonError || error instanceof StartRefused ? error.exitCode : null;
}

export const { runAgent }: AgentProgram = { runAgent: main };

if (require.main === module) main(process.argv.slice(2));
