/** All verbs but `list`, which has a bundle of its own. */

import type { Exit } from '../exit';
import type { ListRequest } from '../print-list';
import type { Verb } from '../syntax';

export type Command = (words: string[]) => Promise<Exit>;

export const commands: Readonly<Record<Exclude<Verb, 'list'>, () => Promise<Command>>> = {
  inspect: async () => (await import('./inspect')).inspect,
  liveness: async () => (await import('./liveness')).liveness,
  leaks: async () => (await import('./leaks')).leaks,
  history: async () => (await import('./history')).history,
  destroy: async () => (await import('./destroy')).destroy,
  tune: async () => (await import('./tune')).tune,
  why: async () => (await import('./why')).why,
  free: async () => (await import('./free')).free,
  wait: async () => (await import('./wait')).wait,
  'next-port': async () => (await import('./next-port')).nextPort,
  preflight: async () => (await import('./preflight')).preflight,
  drill: async () => (await import('./drill')).drill,
  outage: async () => (await import('./outage')).outage,
  degrade: async () => (await import('./degrade')).degrade,
  capture: async () => (await import('./capture')).capture,
  run: async () => (await import('./run')).run,
  mcp: async () => (await import('./mcp')).mcp,
  log: async () => (await import('./log')).log,
  doctor: async () => (await import('./doctor')).doctor,
  completion: async () => (await import('./completion')).completion,
  man: async () => (await import('./man')).man,
  agent: async () => (await import('./agent')).agent,
};

/** `list --watch` needs as much as these. */
export async function watchList(request: ListRequest): Promise<Exit> {
  return (await import('./watch')).watch(request);
}
