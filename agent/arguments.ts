/** Arguments of `serve`, the same for the agent and for `sockscope agent serve`. */

import { parseArgs } from 'node:util';
import { nearest, parseDuration, scopes } from './protocol';
import type { ServeOptions } from './serve';

/** A mistake in the arguments: exit code 2. */
export class UsageError extends Error {}

/** Throws UsageError. Who is served comes from sudo's environment, which only root can set for root. */
export function parseServeArguments(words: string[]): ServeOptions {
  const { values } = parse(words);
  const scope = scopes.find((known) => known === values.scope);
  if (!scope)
    throw new UsageError(
      `--scope "${values.scope}" is not known: the nearest is ${nearest(values.scope, scopes)}`,
    );
  const idleExitMs = parseDuration(values['idle-exit']);
  if (!idleExitMs)
    throw new UsageError(
      `--idle-exit "${values['idle-exit']}" is not a duration: for example 500ms, 10s or 10m`,
    );
  return { scope, readOnly: values['read-only'], idleExitMs, ...served() };
}

function parse(words: string[]) {
  try {
    return parseArgs({
      args: words,
      options: {
        scope: { type: 'string', default: 'mine' },
        'read-only': { type: 'boolean', default: false },
        'idle-exit': { type: 'string', default: '10m' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function served(): { uid: number; gid: number } {
  const [uid, gid] = [process.env.SUDO_UID, process.env.SUDO_GID].map((id) =>
    /^\d{1,10}$/.test(id ?? '') ? Number(id) : 0,
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}
