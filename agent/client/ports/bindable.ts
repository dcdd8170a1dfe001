/** Proof by binds of this very process: what its user may bind, in its network namespace. */

import { once } from 'node:events';
import { createServer } from 'node:net';

/** As dev servers bind: one of these, with SO_REUSEADDR. The first is dual-stack. */
const addresses = ['::', '0.0.0.0', '127.0.0.1', '::1'];

/** The machine has no such address, which says nothing about the port. */
const absent: readonly unknown[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL'];

/** Every bind works, one after the other; each is undone at once. */
export async function isBindable(port: number): Promise<boolean> {
  let works = 0;
  for (const address of addresses) {
    const error = await bindError(port, address);
    if (error === null) works += 1;
    else if (!absent.includes(error)) return false;
  }
  return works > 0;
}

/** Its code; null: it worked. */
async function bindError(port: number, host: string): Promise<unknown> {
  const server = createServer().listen({ port, host, exclusive: true });
  try {
    await once(server, 'listening');
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    if (server.listening) await new Promise((closed) => server.close(closed));
  }
}
