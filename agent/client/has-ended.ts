import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds that an agent has to end once it is asked to. */
const stopMs = 5000;
const pollMs = 50;

/** Whether an agent that was asked to stop ends in time. While it is on its way out, no new one can start. */
export async function hasEnded(pid: number): Promise<boolean> {
  for (let waited = 0; isRunning(pid); waited += pollMs) {
    if (waited >= stopMs) return false;
    await sleep(pollMs);
  }
  return true;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
