/** Loads a verb when it is called: help, the version and mistakes come without any. */

import type { Command } from './commands/index';
import type { Verb } from './syntax';

/** From one of two bundles: a list needs little of what the other verbs do, and a bundle is compiled whole. */
export async function commandOf(verb: Verb): Promise<Command> {
  if (verb === 'list') return (await import('./commands/list')).list;
  return (await import('./commands/index')).commands[verb]();
}
