/** The agent: `serve` (root, one user's clients), `observe` (no privileges), `direct` (root, one call). */

import { withoutWatching } from './common/direct-arguments';
import type { AgentProgram } from './common/in-process';
import { whyIncomplete } from './common/incomplete';
import { closeInherited } from './common/inherited-descriptors';
import { parseServeArguments } from './common/serve-arguments';
import { StartExit, startExitOf } from './common/start-exit';
import { isUsageError, UsageError } from './common/usage-error';
import { requireProc } from './system/require-proc';
import { leaveTerminals, useNonBlockingStandardError } from './system/standard-error';

const modes = () => import('./server/modes');

/** The server's rooms load the addon: they are imported late, so that a missing addon is an error of this function. */
async function run([mode, ...words]: string[]): Promise<number> {
  switch (mode) {
    case 'serve': {
      const options = parseServeArguments(words);
      requireProc();
      const forked = (await import('./server/fork')).forkForUser(options);
      return (await modes()).serve(options, forked);
    }
    case 'observe':
      requireProc();
      return (await modes()).observe();
    case 'direct': {
      requireProc();
      const forked = (await import('./server/fork')).forkForCommand({
        watches: !words.includes(withoutWatching),
      });
      return (await modes()).direct(forked);
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
      const lack = whyIncomplete(error);
      const code = lack === null ? exitCodeOf(error) : StartExit.incomplete;
      console.error(code === null ? error : inWords(lack ?? (error as Error).message));
      process.exit(code ?? StartExit.refused);
    },
  );
}

/** Null: the error is a bug, or the system's, and its stack says more than its message. */
function exitCodeOf(error: unknown): StartExit | null {
  return isUsageError(error) ? StartExit.usage : startExitOf(error);
}

export const { runAgent }: AgentProgram = { runAgent: main };

if (require.main === module) main(process.argv.slice(2));
