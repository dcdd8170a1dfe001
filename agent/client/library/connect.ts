/** Connects to the user's agent, or, for root without one, starts a private one. */

import { rootPowers } from '../../common/capabilities';
import { type Client, connectAgent, startOwn } from '../connect';
import { ownUid, servedUid } from '../served-uid';
import { type Abortable, abortable } from './abort';
import { AgentConnection } from './agent-connection';
import { NoAgentError, SockscopeError, toSockscopeError } from './errors';
import { programFolder } from './program-folder';
import { Sockscope } from './sockscope';

export interface ConnectOptions extends Abortable {
  /** User whose agent is meant. Default: SUDO_UID, else the user of this process. */
  readonly uid?: number | undefined;
}

/**
 * Connects to the agent of a user. Without one, root gets a private one that ends with this client; others get NoAgentError.
 * Rejects with SockscopeError (noAgent, otherProtocol, untrusted, lost).
 */
export async function connect({ signal, uid = servedUid() }: ConnectOptions = {}): Promise<Sockscope> {
  signal?.throwIfAborted();
  const connecting = findClient(uid);
  try {
    return new Sockscope(new AgentConnection(await abortable(signal, connecting)));
  } catch (error) {
    void connecting.then((client) => client.close()).catch(() => {}); // an abort does not stop the connecting
    throw error;
  }
}

async function findClient(uid: number): Promise<Client> {
  const agent = await connectAgent(uid).catch((error: unknown) => {
    const { code, message } = toSockscopeError(error);
    throw new SockscopeError(code === 'otherProtocol' ? code : 'untrusted', message, { cause: error });
  });
  if (agent) return agent;
  if (ownUid() !== 0 || !rootPowers().acts) throw new NoAgentError(uid);
  return startOwn('direct', programFolder).catch((error: unknown) => {
    throw toSockscopeError(error);
  });
}
