/** The type of a method, and of the session that its handler gets. */

import type * as v from 'valibot';
import type { CancellationToken, RequestType } from 'vscode-jsonrpc';
import type { AgentStatus } from '../protocol';
import type { ClientIdentity } from '../system/users';
import type { Listings } from './listings';
import type { Service } from './service';
import type { Subscriptions } from './subscriptions';

export interface SessionHost {
  readonly service: Service;
  status(): Promise<AgentStatus>;
  /** Ends the process; call it after the answer is sent. */
  stop(): void;
}

/** The client's connection, as handlers use it. */
export interface Session {
  readonly client: ClientIdentity;
  readonly host: SessionHost;
  /** The newest listing, for its later pages. */
  readonly listings: Listings;
  readonly subscriptions: Subscriptions;
}

/** `see` changes nothing outside the agent; `act` does, and is refused by a read-only agent. */
type Access = 'see' | 'act';

export interface Method {
  readonly name: string;
  readonly access: Access;
  readonly schema: v.GenericSchema<unknown>;
  handle(params: unknown, session: Session, token: CancellationToken): Promise<unknown>;
}

/** Makes a row of the method table. */
export function method<P, R>(
  type: RequestType<P, R, void>,
  access: Access,
  schema: v.GenericSchema<P>,
  handle: (params: P, session: Session, token: CancellationToken) => R | Promise<R>,
): Method {
  // The session calls a handler only with params that match its schema.
  return {
    name: type.method,
    access,
    schema,
    handle: async (params, session, token) => handle(params as P, session, token),
  };
}
