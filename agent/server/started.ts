/** The first answer of the broker, which refuses to start without its audit log. */

import { KernelRefusal } from '../broker-link/broker-channel';
import { StartRefused } from '../system/root-folder';

/** Throws StartRefused, with what to do, where the broker refuses. */
export async function started<T>(first: Promise<T>): Promise<T> {
  try {
    return await first;
  } catch (error) {
    if (error instanceof KernelRefusal) throw new StartRefused(`${error.step} (${error.errno})`);
    throw error;
  }
}
