/** Facts about the socket of Details beyond its own numbers, which take lists: read less often than those. */

import { findFacts, type SocketFacts } from '../../agent/client/inspect/socket-facts';
import type { Requester } from '../../agent/client/requester';
import { idKey, type Socket } from '../../agent/protocol';

/** Between two reads for the same socket in the same state. */
const freshMs = 10_000;

export const noFacts: SocketFacts = { settings: null, leak: null, clientPorts: null };

export class KnownFacts {
  #known: { readonly key: string; readonly at: number; readonly facts: SocketFacts } | null = null;

  /** Those of before, or none, where they cannot be read. */
  async of(requester: Requester, socket: Socket): Promise<SocketFacts> {
    const key = `${idKey(socket)} ${socket.state}`;
    const known = this.#known?.key === key ? this.#known : null;
    const at = performance.now();
    if (known && at - known.at < freshMs) return known.facts;
    const facts = await findFacts(requester, socket).catch(() => known?.facts ?? noFacts);
    this.#known = { key, at, facts };
    return facts;
  }
}
