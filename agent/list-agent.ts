/** The agent within `sockscope list`. A bundle of its own, because a list needs little of the agent. */

import type { ListAgent } from './common/in-process';
import { forkForCommand, holdShell } from './server/fork';
import { requireProc } from './system/require-proc';

export const observe: ListAgent['observe'] = async () => {
  requireProc();
  return (await import('./server/in-process')).observe();
};

export { holdShell };

export const direct: ListAgent['direct'] = (listsAll) => {
  requireProc();
  const forked = forkForCommand({ watches: false, listsAll });
  // Loaded while the broker loads its BPF programs, and reads all sockets where it may, on another processor.
  return { open: async () => (await import('./server/in-process')).direct(forked) };
};
