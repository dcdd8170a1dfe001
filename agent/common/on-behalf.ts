/** For whom the present work is done, through every await and timer that it leads to: who shares something takes turns by it. */

import { AsyncLocalStorage } from 'node:async_hooks';

/** Compared by identity: the connection of a client, or one of those below. */
export type Principal = object;

/** Timers of the agent itself, such as the ends of outages. */
export const nobody: Principal = { name: 'nobody' };

/** Work that is shared by all who wait for it: in the turn of the first of them, it would wait for all else that he asks for. */
export const everybody: Principal = { name: 'everybody' };

const present = new AsyncLocalStorage<Principal>();

export function onBehalfOf<T>(principal: Principal, work: () => T): T {
  return present.run(principal, work);
}

export function presentPrincipal(): Principal {
  return present.getStore() ?? nobody;
}
