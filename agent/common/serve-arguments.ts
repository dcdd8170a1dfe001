/** Arguments of `serve`, the same for the agent and for `sockscope agent serve`. */

import { parseArgs } from 'node:util';
import { parseDuration } from '../protocol/duration';
import { nearestText } from '../protocol/nearest';
import { type Scope, scopes } from '../protocol/scope';
import { sudoUid } from './sudo-uid';
import { UsageError } from './usage-error';

export interface ServeOptions {
  readonly scope: Scope;
  readonly readOnly: boolean;
  readonly idleExitMs: number;
  /** The served user: SUDO_UID, or root. */
  readonly uid: number;
}

export const serveOptions = {
  scope: { type: 'string', default: 'mine' },
  'read-only': { type: 'boolean', default: false },
  'idle-exit': { type: 'string', default: '10m' },
} as const;

/** A little less than the maximum of a timer (2^31 - 1 ms). */
const maxIdleMs = 500 * 3_600_000;

/** Throws UsageError. The served user comes from sudo's environment, which only root can set for a process of root. */
export function parseServeArguments(words: string[]): ServeOptions {
  const { values } = parse(words);
  const scope = scopes.find((known) => known === values.scope);
  if (!scope)
    throw new UsageError(`--scope "${values.scope}" is not known${nearestText(values.scope, scopes)}`);
  const idleExitMs = parseDuration(values['idle-exit']);
  if (!idleExitMs)
    throw new UsageError(
      `--idle-exit "${values['idle-exit']}" is not a duration: for example 500ms, 10s or 10m`,
    );
  if (idleExitMs > maxIdleMs) throw new UsageError('--idle-exit is at most 500h');
  return { scope, readOnly: values['read-only'], idleExitMs, uid: sudoUid() ?? 0 };
}

function parse(words: string[]) {
  try {
    return parseArgs({ args: words, options: serveOptions });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
