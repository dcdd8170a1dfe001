/** Ctrl-C, in commands that go on until then. */

import { once } from 'node:events';

/** Resolves at SIGINT or SIGTERM, which end the process no more. Called before the text that says so. */
export async function interrupted(): Promise<void> {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
