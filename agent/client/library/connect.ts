/** Where a Sockscope comes from: the user's agent, or, for root, a broker of its own. */

import { join } from 'node:path';
import { type Client, connectAgent, startOwn } from '../connect';
import { ownUid, servedUid } from '../served-uid';
import { type Abortable, abortable } from './abort';
import { NoAgentError, SockscopeError, toSockscopeError } from './errors';
import { Link } from './link';
import { Sockscope } from './sockscope';

export interface ConnectOptions extends Abortable {
  /** Whose agent. Default: that of SUDO_UID, else of this process. */
  readonly uid?: number | undefined;
}

/** The agent program lies beside the folder of this library. */
const products = join(__dirname, '..');

/**
 * Connects to the agent of a user. Without one, root gets a private one that ends with this client; others get NoAgentError.
 * Rejects with SockscopeError (noAgent, otherProtocol, untrusted, lost).
 */
export async function connect({ signal, uid = servedUid() }: ConnectOptions = {}): Promise<Sockscope> {
  signal?.throwIfAborted();
  const connecting = findClient(uid);
  try {
    return new Sockscope(new Link(await abortable(signal, connecting)));
  } catch (error) {
    void connecting.then((client) => client.close()).catch(() => {}); // it may yet come
    throw error;
  }
}

async function findClient(uid: number): Promise<Client> {
  const agent = await connectAgent(uid).catch((error: unknown) => {
    const { code, message } = toSockscopeError(error);
    throw new SockscopeError(code === 'otherProtocol' ? code : 'untrusted', message, { cause: error });
  });
  if (agent) return agent;
  if (ownUid() !== 0) throw new NoAgentError(uid);
  return startOwn('direct', products).catch((error: unknown) => {
    throw toSockscopeError(error);
  });
}
