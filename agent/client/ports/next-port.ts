/** The first free port from one on: proved by binds, and reserved on request. */

import { setTimeout as sleep } from 'node:timers/promises';
import { isPort } from '../../protocol';
import { isBindable } from './bindable';
import { PortReservations, type Purpose } from './port-reservations';

export interface NextPort {
  readonly port: number;
  /** Ports that were reserved for the same purpose, and are busy. */
  readonly busy: readonly number[];
}

/** Reserves nothing, and leaves out what is reserved. Null: no port is free. */
export async function nextPort(from: number, reservations = new PortReservations()): Promise<number | null> {
  for (let port = from; isPort(port); port++)
    if (!reservations.isReserved(port) && (await isBindable(port))) return port;
  return null;
}

/** The port that is reserved for this purpose, if it can be bound; else the next one, reserved. Throws where that cannot be written. */
export async function reservedPort(
  purpose: Purpose,
  reservations = new PortReservations(),
): Promise<NextPort | null> {
  const busy: number[] = [];
  for (const port of reservations.portsFor(purpose)) {
    if (await isBindableSoon(port)) {
      reservations.renew(port);
      return { port, busy };
    }
    busy.push(port);
  }
  for (let port = purpose.from; isPort(port); port++) {
    if (!reservations.reserve(port, purpose)) continue;
    if (await isBindableSoon(port)) return { port, busy };
    reservations.release(port);
  }
  return null;
}

/** Another command may be trying the same port just now, for the same purpose, and as soon as it is reserved. */
async function isBindableSoon(port: number): Promise<boolean> {
  for (let trial = 0; trial < 5; trial++) {
    if (await isBindable(port)) return true;
    await sleep(20);
  }
  return false;
}
