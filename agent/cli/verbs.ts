/** The verbs. Each is loaded when it is called: help, the version and mistakes come without any. */

import type { Exit } from './exit';

type Verb = (words: string[]) => Promise<Exit>;

export const verbs = {
  list: async () => (await import('./commands/list')).list,
  inspect: async () => (await import('./commands/inspect')).inspect,
  destroy: async () => (await import('./commands/destroy')).destroy,
  why: async () => (await import('./commands/why')).why,
  free: async () => (await import('./commands/free')).free,
  wait: async () => (await import('./commands/wait')).wait,
  'next-port': async () => (await import('./commands/next-port')).nextPort,
  preflight: async () => (await import('./commands/preflight')).preflight,
  drill: async () => (await import('./commands/drill')).drill,
  outage: async () => (await import('./commands/outage')).outage,
  log: async () => (await import('./commands/log')).log,
  doctor: async () => (await import('./commands/doctor')).doctor,
  agent: async () => (await import('./commands/agent')).agent,
} as const satisfies Record<string, () => Promise<Verb>>;
